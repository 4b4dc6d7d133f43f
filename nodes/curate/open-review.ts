import type { FinishAnswer } from '../../src/curation/page-api';
import type { ReviewFolder } from '../../src/curation/review-folder';
import type { RunStateFile } from './run-state';

/** What is open of a review folder. */
export interface OpenReview {
  review: ReviewFolder;
  state: RunStateFile;
}

/** How many samples are in each state. */
export function countsOf(review: ReviewFolder): FinishAnswer {
  const counts = { used: 0, rejected: 0, undecided: 0 };
  for (const { state } of review.list()) counts[state]++;
  return counts;
}

/** Whether what is used was sent on as it is, and nothing else. */
export function isFinished(review: ReviewFolder, run: RunStateFile): boolean {
  if (run.value.sending || run.value.finished === null) return false;
  return review
    .list()
    .every(({ id, state, revision }) => run.sentRevision(id) === (state === 'used' ? revision : undefined));
}
