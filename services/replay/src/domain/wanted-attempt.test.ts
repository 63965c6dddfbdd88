import { NOW, task } from './replay.samples.ts';
import { type AttemptFacts, missingAt, recovering, repeating } from './wanted-attempt.ts';

const own = task({ id: 'qtask_own' });
const at = (fields: Partial<AttemptFacts> = {}): AttemptFacts => ({
  id: `atmpt_${fields.attempt ?? 1}`,
  attempt: 1,
  succeeded: false,
  responseStatusCode: 500,
  attemptedAt: NOW - 1_000,
  ...fields,
});
const waiting = at({ nextAttemptAt: NOW + 60_000 });
const BY_HAND = { trigger: 'manual', attempt: 1 };

describe('recovering', () => {
  test.each([
    ['sends what was given up on once more, by hand', [at()], BY_HAND],
    ['brings the attempt forward that is to come', [waiting], { trigger: 'scheduled', attempt: 2 }],
    ['goes by the last of several attempts', [waiting, at({ attempt: 2 })], BY_HAND],
    ['leaves what succeeded later', [waiting, at({ attempt: 2, succeeded: true })], undefined],
    ['leaves what somebody sent by hand, with success', [at(), at({ copyId: 'x', succeeded: true })], undefined],
    ['sends what somebody sent by hand, without success', [at({ copyId: 'x' })], BY_HAND],
    ['leaves what was never attempted', [], undefined],
    ['leaves what was tried again since it began', [{ ...waiting, attemptedAt: NOW + 1 }], undefined],
  ])('%s', (_title, attempts, expected) => {
    expect(recovering(own, attempts)).toEqual(expected);
  });

  test('decides the same again when its own attempt stands already, whatever came of it', () => {
    for (const succeeded of [true, false]) {
      expect(recovering(own, [at(), at({ copyId: own.id, succeeded })])).toEqual(BY_HAND);
    }
  });
});

describe('replaying what is missing', () => {
  test('makes the first automatic attempt of what was never attempted, and no other', () => {
    expect(missingAt([])).toEqual({ trigger: 'scheduled', attempt: 1 });
    expect(missingAt([at()])).toBeUndefined();
  });
});

describe('a bulk replay', () => {
  const delivered = at({ succeeded: true, responseStatusCode: 204 });
  const filtered = (filter: NonNullable<typeof own.filter>) => ({ ...own, filter });

  test.each([
    ['sends what was delivered again', {}, [delivered], BY_HAND],
    ['sends what failed again', {}, [at()], BY_HAND],
    ['leaves what was never sent there', {}, [], undefined],
    ['takes what succeeded, if that is asked for', { status: 0 }, [at(), at({ ...delivered, attempt: 2 })], BY_HAND],
    ['leaves what failed, if success is asked for', { status: 0 }, [at()], undefined],
    ['takes what failed', { status: 2 }, [at()], BY_HAND],
    ['tells what failed from what is tried again', { status: 2 }, [waiting], undefined],
    ['takes what is tried again', { status: 3 }, [waiting], { trigger: 'scheduled', attempt: 2 }],
    ['takes 404 for a class of 400', { statusCodeClass: 400 }, [at({ responseStatusCode: 404 })], BY_HAND],
    ['takes what got no answer for a class of 0', { statusCodeClass: 0 }, [at({ responseStatusCode: 0 })], BY_HAND],
    ['leaves what was answered otherwise', { statusCodeClass: 400 }, [at()], undefined],
    [
      'goes by automatic attempts where there are some',
      { status: 2 },
      [at(), at({ ...delivered, copyId: 'x' })],
      BY_HAND,
    ],
    ['goes by those by hand where there are no others', { status: 0 }, [at({ ...delivered, copyId: 'x' })], BY_HAND],
  ])('%s', (_title, filter, attempts, expected) => {
    expect(repeating(filtered(filter), attempts)).toEqual(expected);
  });
});
