import { domainEvent } from '@fanfare/events/domain-event';
import { changed, facts } from './changes.fake.ts';
import { endpointEvents } from './endpoint-events.ts';

const LATER = { updatedAt: '2026-11-02T00:00:00.000Z' };
const DELETED = { deletedAt: '2026-11-03T00:00:00.000Z', updatedAt: '2026-11-03T00:00:00.000Z' };
const BY_US = { ...LATER, disabled: true, disabledReason: 'failing', failingSince: Date.parse('2026-10-28T00:00:00Z') };

const typesOf = (...given: Parameters<typeof changed>) =>
  endpointEvents(changed(...given)).map(({ event }) => event.type);

describe('a changed endpoint is announced', () => {
  test.each([
    ['as created when it is new', undefined, facts(), ['endpoint.created']],
    ['as created alone when it is new and disabled', undefined, facts({ disabled: true }), ['endpoint.created']],
    ['as updated when its owner changed it', facts(), facts(LATER), ['endpoint.updated']],
    ['as nothing when it begins to fail', facts(), facts({ failingSince: 1 }), []],
    ['as nothing when it answers again', facts({ failingSince: 1 }), facts(), []],
    [
      'as updated and disabled when its owner disabled it',
      facts(),
      facts({ ...LATER, disabled: true }),
      ['endpoint.updated', 'endpoint.disabled'],
    ],
    [
      'as updated and enabled when its owner enabled it',
      facts({ disabled: true }),
      facts(LATER),
      ['endpoint.updated', 'endpoint.enabled'],
    ],
    ['as disabled alone when we disabled it', facts(), facts(BY_US), ['endpoint.disabled']],
    [
      'as updated when it was disabled by us and its owner changed something else',
      facts(BY_US),
      facts({ ...BY_US, updatedAt: '2026-11-04T00:00:00.000Z' }),
      ['endpoint.updated'],
    ],
    ['as deleted when it was', facts(), facts(DELETED), ['endpoint.deleted']],
    ['as deleted alone when it was disabled', facts(BY_US), facts({ ...BY_US, ...DELETED }), ['endpoint.deleted']],
    ['as nothing when what was deleted is written again', facts(DELETED), facts({ ...DELETED, ...LATER }), []],
    ['as nothing when it is there as deleted from the start', undefined, facts(DELETED), []],
  ] as const)('%s', (_title, before, after, expected) => {
    expect(typesOf(before, after)).toEqual(expected);
  });
});

describe('what is announced of an endpoint', () => {
  const eventOf = (...given: Parameters<typeof changed>) => endpointEvents(changed(...given)).at(-1)?.event;

  test('that we disabled says why, and since when it failed', () => {
    expect(eventOf(facts(), facts({ ...BY_US, uid: 'mine' }))).toMatchObject({
      timestamp: LATER.updatedAt,
      data: { endpointUid: 'mine', trigger: 'automatic', reason: 'failing', failSince: '2026-10-28T00:00:00.000Z' },
    });
  });

  test('that its owner disabled says so, and nothing of failures where there are none', () => {
    const data = eventOf(facts(), facts({ ...LATER, disabled: true }))?.data;
    expect(data).toMatchObject({ trigger: 'manual' });
    expect(data).not.toHaveProperty('failSince');
    expect(data).not.toHaveProperty('reason');
  });

  test('whose owner gave it another URL says so, and tells neither of the two', () => {
    const moved = eventOf(facts(), facts({ ...LATER, url: 'https://elsewhere.example/secret' }));
    expect(moved).toMatchObject({ type: 'endpoint.updated', data: { urlChanged: true } });
    expect(JSON.stringify(moved)).not.toMatch(/elsewhere|example\.com/);
    expect(eventOf(facts(), facts(LATER))?.data).not.toHaveProperty('urlChanged');
    expect(eventOf(undefined, facts())?.data).not.toHaveProperty('urlChanged');
  });

  test('is of the published shape', () => {
    const changes = [
      changed(undefined, facts()),
      changed(facts(), facts({ ...LATER, url: 'x' })),
      changed(facts(), facts(BY_US)),
      changed(facts(), facts(DELETED)),
    ];
    for (const { event } of changes.flatMap(endpointEvents)) expect(domainEvent.parse(event)).toEqual(event);
  });

  test('has the same id whenever the change is told, and another one for the next change', () => {
    const once = eventOf(facts(), facts(LATER), 7);
    expect(eventOf(facts(), facts(LATER), 7)).toEqual(once);
    expect(eventOf(facts(), facts(LATER), 8)?.id).not.toBe(once?.id);
  });
});
