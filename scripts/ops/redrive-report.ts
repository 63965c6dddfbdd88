import { Failure } from '../toolchain/failure.mjs';
import type { RedriveRun } from './redrive-runs.ts';

/** How many it found that stay where they are. */
export const stayingOf = ({ failed, alsoFailed }: RedriveRun): number => failed.length + alsoFailed;

/** Of what was there when it began: neither redriven nor found to stay. */
const notMetBy = (run: RedriveRun): number => Math.max(0, run.there - run.done - stayingOf(run));

/** What a person is told of a run. */
export const textOfRun = (run: RedriveRun): string => {
  const { status, there, done, published, notDeleted, newer, failed, alsoFailed } = run;
  return [
    `${run.run} (${status}): ${done} of ${there} redriven.`,
    ...(published > 0 ? [`${published} tasks were published for them.`] : []),
    ...(notDeleted > 0 ? [`${notDeleted} of them also stay where they were: redrive again, it does no harm.`] : []),
    ...(status === 'ended' && notMetBy(run) > 0 ? [`${notMetBy(run)} were not met: ${whyNot(run)}.`] : []),
    ...(newer > 0 ? [`${newer} that came meanwhile were left.`] : []),
    ...failed.map(({ id, reason }) => `${id} stays: ${reason}`),
    ...(alsoFailed > 0 ? [`${alsoFailed} more stay.`] : []),
  ].join('\n');
};

const whyNot = ({ endReason }: RedriveRun): string => {
  switch (endReason) {
    case 'too-many-stay':
      return 'it ended because as many stay, or came meanwhile, as it can give back. See to those first, then redrive again';
    case 'idle':
      return 'it ended because nothing got done several times in a row. Calls failed, or somebody else has them in hand';
    case 'empty':
      return 'they are not there any more. Somebody else took them, or a step broke off before it could count them';
    default:
      return 'nobody knows why';
  }
};

/** Fails with a sentence unless all that was there when a run began is redriven, or gone. */
export const failUnlessRedriven = (run: RedriveRun): void => {
  if (run.status === 'stopped') {
    throw new Failure(`${run.run} was stopped: start it again, it goes on with what is there.`);
  }
  if (run.status === 'failed') {
    throw new Failure(`${run.run} has failed, see docs/runbooks/redrive-failed.md: start it again, it does no harm.`);
  }
  const staying = stayingOf(run);
  const left = run.endReason === 'empty' ? 0 : notMetBy(run);
  const sentences = [
    ...(staying > 0 ? [`${staying} could not be redriven and stay where they are.`] : []),
    ...(left > 0 ? [`${left} that were there were not met: redrive again when what stopped it is seen to.`] : []),
  ];
  if (sentences.length > 0) throw new Failure(sentences.join(' '));
};
