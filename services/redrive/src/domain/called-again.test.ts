import { readFileSync } from 'node:fs';
import { CALLED_AGAIN } from './work-of-record.ts';

test('the role of the function allows the calls that the domain makes, and no others', () => {
  const template = readFileSync('services/redrive/template.yaml', 'utf8');
  const statement = template.split('- Sid: ').find((text) => text.startsWith('CallAgainWhatFailed'));
  const allowed = [...(statement ?? '').matchAll(/:function:fanfare-\$\{Stage\}-([a-z-]+):live/g)].map(
    ([, name]) => name,
  );
  expect(allowed).toEqual([...CALLED_AGAIN]);
});
