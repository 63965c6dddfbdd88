import type { ApplicationRef } from '@fanfare/core/keys';
import type { Span } from '@fanfare/core/span';
import type { HistoryTable } from '../domain/history-table.fake.ts';
import { type Item, NOW_MS, newApplication, newId, samplesOf } from '../domain/history-table.samples.ts';

/** The promises of whoever reads the table for history. `holding` answers a table that holds these items, index included. */
export const historyTableContract = (holding: (items: readonly Item[]) => Promise<HistoryTable>): void => {
  let application: ApplicationRef;
  let make: ReturnType<typeof samplesOf>;
  /** Ids in the order in which their things were made. */
  const ids = (prefix: 'msg' | 'ep' | 'atmpt', count: number): string[] =>
    Array.from({ length: count }, (_, at) => newId(prefix, NOW_MS + at * 4));

  beforeEach(() => {
    application = newApplication();
    make = samplesOf(application);
  });

  describe('a message', () => {
    test('is found by its id and by its event id, as it was stored', async () => {
      const id = newId('msg');
      const table = await holding(make.message(id, { eventId: 'order-7', channels: ['eu'], tags: ['user_7'] }));
      const found = await table.findMessage(application, id);
      expect(found).toMatchObject({
        id,
        eventType: 'user.created',
        eventId: 'order-7',
        channels: ['eu'],
        tags: ['user_7'],
      });
      expect(new TextDecoder().decode(found?.payload)).toBe('{"price":1.50}');
      await expect(table.findMessage(application, 'order-7')).resolves.toEqual(found);
    });

    test.each(['order-8', 'a#b', '', 'msg_', 'ü'])('is not found by %p', async (name) => {
      const table = await holding(make.message(newId('msg'), { eventId: 'order-7' }));
      await expect(table.findMessage(application, name)).resolves.toBeUndefined();
    });

    test('is not found from another application or organisation', async () => {
      const id = newId('msg');
      const table = await holding(make.message(id, { eventId: 'order-7' }));
      const others = [newApplication(), { ...application, appId: newId('app') }];
      for (const other of others) {
        await expect(table.findMessage(other, id)).resolves.toBeUndefined();
        await expect(table.findMessage(other, 'order-7')).resolves.toBeUndefined();
        await expect(table.messagesByIds(other, [id])).resolves.toEqual([]);
        await expect(table.readMessages(other, { newestFirst: true, limit: 9 })).resolves.toEqual({
          items: [],
          more: false,
        });
      }
    });

    test('is read with others by their ids, each once, those that do not exist left out', async () => {
      const [one = '', other = '', absent = ''] = ids('msg', 3);
      const table = await holding([...make.message(one), ...make.message(other)]);
      const found = await table.messagesByIds(application, [one, absent, other, one]);
      expect(found.map(({ id }) => id).toSorted()).toEqual([one, other]);
    });
  });

  /** What is promised of every list that is read by spans of ids. */
  const spans = (
    prefix: 'msg' | 'atmpt',
    itemsOf: (id: string) => Item[],
    read: (table: HistoryTable, span: Span) => Promise<{ items: readonly { id: string }[]; more: boolean }>,
  ): void => {
    const five = () => {
      const all = ids(prefix, 5);
      return { all, items: all.flatMap(itemsOf) };
    };
    const idsOf = async (table: HistoryTable, span: Span) => {
      const { items, more } = await read(table, span);
      return { ids: items.map(({ id }) => id), more };
    };

    test.each([true, false])('is read in order, newest first: %p', async (newestFirst) => {
      const { all, items } = five();
      const table = await holding(items);
      const expected = newestFirst ? all.toReversed() : all;
      await expect(idsOf(table, { newestFirst, limit: 10 })).resolves.toEqual({ ids: expected, more: false });
    });

    test('says that it was cut, and goes on behind the last id', async () => {
      const { all, items } = five();
      const table = await holding(items);
      const [a, b, c, d, e] = all;
      await expect(idsOf(table, { newestFirst: true, limit: 2 })).resolves.toEqual({ ids: [e, d], more: true });
      const behind = await idsOf(table, { newestFirst: true, limit: 2, olderThan: d });
      expect(behind).toEqual({ ids: [c, b], more: true });
      const last = await idsOf(table, { newestFirst: true, limit: 2, olderThan: b });
      expect(last.ids).toEqual([a]);
    });

    test('leaves its bounds out, whether they exist or not', async () => {
      const { all, items } = five();
      const table = await holding(items);
      const [a, b, c, d, e] = all;
      const inside = { newestFirst: false, limit: 10, newerThan: a, olderThan: e };
      await expect(idsOf(table, inside)).resolves.toMatchObject({ ids: [b, c, d] });
      const strange = { newestFirst: false, limit: 10, newerThan: `${prefix}_`, olderThan: `${prefix}_zzz` };
      await expect(idsOf(table, strange)).resolves.toMatchObject({ ids: all });
    });

    test.each([
      ['are the same', 2, 2],
      ['are the wrong way round', 3, 1],
      ['lie side by side', 1, 2],
    ])('is empty when its bounds %s', async (_title, newer, older) => {
      const { all, items } = five();
      const table = await holding(items);
      for (const limit of [1, 5]) {
        const span = { newestFirst: true, limit, newerThan: all[newer], olderThan: all[older] };
        await expect(idsOf(table, span)).resolves.toEqual({ ids: [], more: false });
      }
    });
  };

  describe('the list of messages', () =>
    spans(
      'msg',
      (id) => make.message(id),
      (table, span) => table.readMessages(application, span),
    ));

  describe('the list of attempts to an endpoint', () => {
    const endpointId = newId('ep');
    spans(
      'atmpt',
      (id) => make.attempt(newId('msg'), endpointId, 1, { id }),
      (table, span) => table.readAttemptsOfEndpoint({ ...application, endpointId }, span),
    );

    test('holds no attempt to another endpoint, or of another application', async () => {
      const other = newId('ep');
      const table = await holding(make.attempt(newId('msg'), endpointId, 1));
      const span = { newestFirst: true, limit: 5 };
      await expect(table.readAttemptsOfEndpoint({ ...application, endpointId: other }, span)).resolves.toMatchObject({
        items: [],
      });
      await expect(table.readAttemptsOfEndpoint({ ...newApplication(), endpointId }, span)).resolves.toMatchObject({
        items: [],
      });
    });

    test('tells what each was an attempt of', async () => {
      const messageId = newId('msg');
      const table = await holding(make.attempt(messageId, endpointId, 3, { trigger: 'manual' }));
      const { items } = await table.readAttemptsOfEndpoint(
        { ...application, endpointId },
        { newestFirst: true, limit: 5 },
      );
      expect(items).toEqual([expect.objectContaining({ messageId, endpointId, attempt: 3, trigger: 'manual' })]);
    });
  });

  describe('the attempts of a message', () => {
    test('are all of them, or those to one endpoint', async () => {
      const messageId = newId('msg');
      const [one = '', other = ''] = ids('ep', 2);
      const table = await holding([
        ...make.attempt(messageId, one, 1),
        ...make.attempt(messageId, one, 2),
        ...make.attempt(messageId, other, 1),
        ...make.attempt(newId('msg'), one, 1),
      ]);
      const ref = { ...application, messageId };
      const found = async (endpointId?: string) => {
        const attempts = await table.attemptsOfMessage(ref, endpointId);
        return attempts.map((attempt) => `${attempt.endpointId} ${attempt.attempt}`).toSorted();
      };
      await expect(found()).resolves.toEqual([`${one} 1`, `${one} 2`, `${other} 1`]);
      await expect(found(one)).resolves.toEqual([`${one} 1`, `${one} 2`]);
      await expect(found(newId('ep'))).resolves.toEqual([]);
      await expect(table.attemptsOfMessage({ ...newApplication(), messageId })).resolves.toEqual([]);
    });

    test('are read to the last, however much they hold', async () => {
      const messageId = newId('msg');
      const endpointIds = ids('ep', 6);
      const response = 'x'.repeat(300_000);
      const table = await holding(endpointIds.flatMap((id) => make.attempt(messageId, id, 1, { response })));
      await expect(table.attemptsOfMessage({ ...application, messageId })).resolves.toHaveLength(6);
    });

    test('that another one came after are known', async () => {
      const messageId = newId('msg');
      const [one = '', other = ''] = ids('ep', 2);
      const table = await holding([
        ...make.attempt(messageId, one, 1),
        ...make.attempt(messageId, one, 2),
        ...make.attempt(messageId, other, 1),
      ]);
      const attempts = await table.attemptsOfMessage({ ...application, messageId });
      const superseded = await table.superseded(application, attempts);
      expect([...superseded].map(({ endpointId, attempt }) => [endpointId, attempt])).toEqual([[one, 1]]);
    });
  });

  describe('an endpoint', () => {
    test('is found by its id and by its uid', async () => {
      const id = newId('ep');
      const table = await holding(make.endpoint(id, { uid: 'mine', url: 'https://example.com/mine' }));
      await expect(table.findEndpoint(application, id)).resolves.toMatchObject({ id, url: 'https://example.com/mine' });
      await expect(table.findEndpoint(application, 'mine')).resolves.toMatchObject({ id });
    });

    test.each(['yours', 'a#b', '', 'ep_', 'ü'])('is not found by %p', async (name) => {
      const table = await holding(make.endpoint(newId('ep'), { uid: 'mine' }));
      await expect(table.findEndpoint(application, name)).resolves.toBeUndefined();
    });

    test('is not found from another application', async () => {
      const id = newId('ep');
      const table = await holding(make.endpoint(id, { uid: 'mine' }));
      await expect(table.findEndpoint(newApplication(), id)).resolves.toBeUndefined();
      await expect(table.findEndpoint(newApplication(), 'mine')).resolves.toBeUndefined();
    });

    test('is read with others by their ids, deleted ones included', async () => {
      const [live = '', deleted = '', absent = ''] = ids('ep', 3);
      const deletedAt = '2026-11-23T00:00:00.000Z';
      const table = await holding([...make.endpoint(live), ...make.endpoint(deleted, { deletedAt })]);
      const found = await table.endpointsByIds(application, [live, absent, deleted]);
      expect(found.map(({ id }) => id).toSorted()).toEqual([live, deleted]);
    });
  });

  describe('the statistics of an endpoint', () => {
    const NOTHING = { delivered: 0, failed: 0, exhausted: 0, waiting: 0 };
    const endpointId = newId('ep');
    const read = (table: HistoryTable, from: string, to: string, id = endpointId) =>
      table.statisticsOfEndpoint({ ...application, endpointId: id }, { from, to });

    test('are the sum over hours and shards, where each row tells what it counted', async () => {
      const table = await holding([
        ...make.counted(endpointId, '2026-11-22T23', { delivered: 5 }),
        ...make.counted(endpointId, '2026-11-23T00', { failed: 2, exhausted: 1, waiting: 1 }),
        ...make.counted(endpointId, '2026-11-23T00', { delivered: 7, waiting: -1 }, 'shard-2'),
      ]);
      const whole = { delivered: 12, failed: 2, exhausted: 1, waiting: 0 };
      await expect(read(table, '2026-11-22T23', '2026-11-23T00')).resolves.toEqual(whole);
    });

    test('are those of the hours asked for, both ends included', async () => {
      const hours = ['2026-11-22T23', '2026-11-23T00', '2026-11-23T01', '2026-11-23T02'];
      const table = await holding(hours.flatMap((hour, n) => make.counted(endpointId, hour, { delivered: 10 ** n })));
      await expect(read(table, '2026-11-23T00', '2026-11-23T01')).resolves.toEqual({ ...NOTHING, delivered: 110 });
      await expect(read(table, '2026-11-23T02', '2026-11-23T02')).resolves.toEqual({ ...NOTHING, delivered: 1000 });
    });

    test('are nothing where nothing was counted, and never those of another endpoint or application', async () => {
      const hour = '2026-11-23T00';
      const table = await holding(make.counted(endpointId, hour, { delivered: 1 }));
      await expect(read(table, hour, hour, newId('ep'))).resolves.toEqual(NOTHING);
      const other = { ...newApplication(), endpointId };
      await expect(table.statisticsOfEndpoint(other, { from: hour, to: hour })).resolves.toEqual(NOTHING);
    });

    test('are read to the last row, however many there are', async () => {
      const hour = '2026-11-23T00';
      const shards = Array.from({ length: 40 }, (_, n) => `shard-${n}-${'x'.repeat(200)}`);
      const filler = { note: 'x'.repeat(50_000) };
      const rows = shards.flatMap((shard) => make.counted(endpointId, hour, { delivered: 1, ...filler }, shard));
      await expect(read(await holding(rows), hour, hour)).resolves.toEqual({ ...NOTHING, delivered: 40 });
    });
  });
};
