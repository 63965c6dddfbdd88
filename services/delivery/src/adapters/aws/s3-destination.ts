import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { OpenClient } from './destination-client.ts';

export const openS3: OpenClient = (settings) => {
  // A bucket's ARN does not say where the bucket is.
  const client = new S3Client({ ...settings, followRegionRedirects: true });
  return {
    put: async ({ name, prefix }, { body, attributes, objectKey }, abortSignal) => {
      const key = `${prefix}/${objectKey}`;
      const { $metadata } = await client.send(
        new PutObjectCommand({
          Bucket: name,
          Key: key,
          Body: body,
          ContentType: 'application/json',
          Metadata: { ...attributes },
        }),
        { abortSignal },
      );
      return { status: $metadata.httpStatusCode ?? 200, text: `S3 object ${key}` };
    },
  };
};
