import fc from 'fast-check';
import { batchesOf, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, type Publication, publicationBytes } from './publication.ts';

const publication = (bytes: number): Publication => ({
  body: 'x'.repeat(bytes),
  groupId: 'app_1',
  correlationId: 'c',
  lane: 'aws',
});
const publications = fc.array(fc.integer({ min: 1, max: 200_000 }).map(publication), { maxLength: 40 });

describe('batches of publications', () => {
  test('hold everything once, in order', () => {
    fc.assert(fc.property(publications, (all) => expect(batchesOf(all).flat()).toEqual(all)));
  });

  test('stay within what one call takes, by count and by bytes', () => {
    fc.assert(
      fc.property(publications, (all) => {
        for (const batch of batchesOf(all)) {
          expect(batch.length).toBeLessThanOrEqual(MAX_BATCH_ENTRIES);
          expect(batch.reduce((sum, entry) => sum + publicationBytes(entry), 0)).toBeLessThanOrEqual(MAX_BATCH_BYTES);
        }
      }),
    );
  });

  test('are as few as ten to a call allow', () => {
    expect(batchesOf(Array.from({ length: 25 }, () => publication(5_000))).map((batch) => batch.length)).toEqual([
      10, 10, 5,
    ]);
  });

  test('nothing to publish is no call', () => {
    expect(batchesOf([])).toEqual([]);
  });
});
