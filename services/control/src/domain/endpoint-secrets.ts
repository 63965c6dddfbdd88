import { type Answer, json, noContent, type Refusal } from '@fanfare/core/http/answer';
import { err, ok, type Result } from '@fanfare/core/result';
import { changeEndpoint, type EndpointPorts, findEndpoint, NO_ENDPOINT } from './change-endpoint.ts';
import { withSecrets } from './endpoint.ts';
import type { NamedEndpoint } from './endpoints.ts';
import { type Secret, type SecretType, shownSecret } from './secret.ts';
import type { RotationInput } from './secret-input.ts';
import { MAX_OLD_SECRETS, rotated } from './secret-rotation.ts';
import { epochSeconds } from './time.ts';

const TOO_MANY: Refusal = {
  kind: 'limit-reached',
  detail: `${MAX_OLD_SECRETS} old secrets still sign. Wait until one has expired.`,
};

/** The current secret in the clear, or the public key of a pair: the private one is never told. */
export const getSecret = async (target: NamedEndpoint, ports: EndpointPorts): Promise<Result<Answer, Refusal>> => {
  const found = await findEndpoint(target, ports);
  if (!found.ok) return found;
  const { ref, endpoint } = found.value;
  const [current] = endpoint.secrets;
  if (current === undefined) throw new Error(`endpoint ${endpoint.id} has no secret`);
  return ok(json(200, { key: shownSecret(await ports.open(ref, current)) }));
};

/**
 * Puts a new secret in the current one's place, which signs too until its grace period is over. Who asks for no type gets
 * one of the type that there is: receivers must not have to learn another scheme by surprise.
 */
export const rotateSecret = (
  target: NamedEndpoint,
  { secret, graceSeconds }: RotationInput,
  ports: EndpointPorts,
): Promise<Result<Answer, Refusal>> => {
  const made = new Map<string | undefined, Secret>();
  /** The same one however often the change has to be tried. */
  const secretOf = (type: SecretType): Secret => {
    const known = made.get(type) ?? ports.makeSecret(type);
    made.set(type, known);
    return known;
  };
  return changeEndpoint(target, ports, async (before, { orgId, appId }) => {
    if (before === undefined) return err(NO_ENDPOINT);
    const nowMs = ports.now();
    const next = secret?.bytes === undefined ? secretOf(secret?.type ?? before.secrets[0]?.type) : secret;
    const sealed = await ports.seal({ orgId, appId, endpointId: before.id }, next);
    const secrets = rotated(before.secrets, sealed, graceSeconds, epochSeconds(nowMs));
    return secrets.ok ? ok({ after: withSecrets(before, secrets.value, nowMs), answer: noContent() }) : err(TOO_MANY);
  });
};
