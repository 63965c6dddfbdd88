import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { messageKey, versionKey } from '@fanfare/core/keys';
import type { ReadNames } from '../domain/name-events.ts';

type Item = { readonly PK: string; readonly SK: string } & Record<string, unknown>;
const newId = (prefix: 'org' | 'app' | 'msg') => mintId(prefix, Date.now(), randomBytes(RANDOM_BYTES));

/** The promises of whoever reads owners' names. `holding` answers a reader of these items. */
export const namesContract = (holding: (items: readonly Item[]) => Promise<ReadNames>): void => {
  const application = () => ({ orgId: newId('org'), appId: newId('app') });

  test('applications and messages with a name of their own are named, others are not', async () => {
    const [one, other] = [application(), application()];
    const [named, nameless] = [newId('msg'), newId('msg')].map((messageId) => ({ ...one, messageId }));
    if (named === undefined || nameless === undefined) throw new Error('two were made');
    const read = await holding([
      { ...versionKey(one), kind: 'application-version', version: 3, uid: 'customer-7' },
      { ...versionKey(other), kind: 'application-version', version: 1 },
      { ...messageKey(named), kind: 'message', eventId: 'order-7', payload: new Uint8Array(100) },
      { ...messageKey(nameless), kind: 'message' },
    ]);
    await expect(read([one, other, one], [named, nameless])).resolves.toEqual({
      appUids: new Map([[one.appId, 'customer-7']]),
      eventIds: new Map([[named.messageId, 'order-7']]),
    });
  });

  test('what is gone has no name', async () => {
    const read = await holding([]);
    const gone = application();
    const names = await read([gone], [{ ...gone, messageId: newId('msg') }]);
    expect(names).toEqual({ appUids: new Map(), eventIds: new Map() });
  });

  test('an application is not named by another organisation', async () => {
    const mine = application();
    const read = await holding([{ ...versionKey(mine), kind: 'application-version', version: 1, uid: 'mine' }]);
    const names = await read([{ ...mine, orgId: newId('org') }], []);
    expect(names.appUids).toEqual(new Map());
  });
};
