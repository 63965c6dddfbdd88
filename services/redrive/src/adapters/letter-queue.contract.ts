import type { Letter, LetterQueue, Outgoing } from '../domain/letter.ts';

export type QueuesUnderTest = LetterQueue & {
  /** A queue of nobody else's, and one that hands out a group's messages one after the other. */
  readonly standardUrl: string;
  readonly fifoUrl: string;
};

const outgoing = (body: string, more: Partial<Outgoing> = {}): Outgoing => ({ body, attributes: {}, ...more });
const bodies = (letters: readonly Letter[]) => letters.map(({ body }) => body).sort();

/** What every queue of failed work promises. */
export const letterQueueContract = (makeQueues: () => Promise<QueuesUnderTest>): void => {
  test('a message comes with its body, group, attributes and the time it was sent', async () => {
    const { standardUrl, ...queue } = await makeQueues();
    const attributes = {
      lane: { type: 'String', text: 'webhook' },
      raw: { type: 'Binary', bytes: new Uint8Array([1, 2]) },
    };
    await expect(queue.send(standardUrl, [outgoing('one', { group: 'app_7', attributes })])).resolves.toEqual([]);
    const [letter] = await queue.receive(standardUrl, 10, 30);
    expect(letter).toMatchObject({ body: 'one', group: 'app_7', sentAtMs: expect.any(Number) });
    expect(letter?.attributes.lane).toEqual(attributes.lane);
    expect([...(letter?.attributes.raw?.bytes ?? [])]).toEqual([1, 2]);
  });

  test('what is taken is hidden from others, still counted, and seen again when it is given back', async () => {
    const { standardUrl, ...queue } = await makeQueues();
    await queue.send(standardUrl, [outgoing('one'), outgoing('two')]);
    const taken = await queue.receive(standardUrl, 10, 30);
    expect(bodies(taken)).toEqual(['one', 'two']);
    expect(await queue.receive(standardUrl, 10, 30)).toEqual([]);
    expect(await queue.depth(standardUrl)).toBe(2);
    await queue.hide(
      standardUrl,
      taken.map(({ handle }) => handle),
      0,
    );
    expect(await queue.receive(standardUrl, 1, 30)).toHaveLength(1);
  });

  test('what is deleted is gone', async () => {
    const { standardUrl, ...queue } = await makeQueues();
    await queue.send(standardUrl, [outgoing('one'), outgoing('two')]);
    const [first] = await queue.receive(standardUrl, 1, 30);
    await expect(queue.remove(standardUrl, [first?.handle ?? ''])).resolves.toBe(0);
    expect(await queue.depth(standardUrl)).toBe(1);
    await expect(queue.remove(standardUrl, [])).resolves.toBe(0);
  });

  test('messages of a group come in their order, and it waits while one is taken', async () => {
    const { fifoUrl, ...queue } = await makeQueues();
    const wake = (number: number) =>
      outgoing(`wake ${number}`, { group: 'ep_1#a', deduplicationId: `redrive-${number}` });
    await queue.send(fifoUrl, [wake(1), wake(2), wake(3)]);
    expect((await queue.receive(fifoUrl, 10, 30)).map(({ body }) => body)).toEqual(['wake 1', 'wake 2', 'wake 3']);
    expect(await queue.receive(fifoUrl, 10, 30)).toEqual([]);
  });

  test('more bytes than one call takes are sent', async () => {
    const { standardUrl, ...queue } = await makeQueues();
    const large = Array.from({ length: 10 }, (_, index) => outgoing(`${index}`.padEnd(60_000, 'x')));
    await expect(queue.send(standardUrl, large)).resolves.toEqual([]);
    expect(await queue.depth(standardUrl)).toBe(10);
  });
};
