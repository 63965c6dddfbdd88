import { correlationId } from './correlation.ts';

test.each(['req-1', 'Root=1-5759e988-bd862e3fe1be46a994272793', 'a/b+c=', 'x'.repeat(128)])(
  'the id %p of a caller is taken over',
  (given) => {
    expect(correlationId(given, 'own')).toBe(given);
  },
);

test.each([undefined, '', 'a b', 'a\nb', '{"a":1}', '<script>', 'ü', 'x'.repeat(129)])(
  'the id %p of a caller is not safe to log, and is replaced',
  (given) => {
    expect(correlationId(given, 'own')).toBe('own');
  },
);
