import { percent } from '../../base/number-text';
import { FULL, foregroundCount, judge, REMEDY } from '../../masks/foreground';
import { foregroundTest } from '../../masks/foreground-test';
import { foregroundText } from '../../masks/foreground-text';
import type { Finding } from '../page-api';
import { asFarAsSeen, type Check, type ImageFacts, segmentationsOf } from './facts';

type Remark = Pick<Finding, 'severity' | 'message'>;

/** Whether segmentations hold labels, whole numbers from 0 on, and mark something, but not everything. */
export const checkLabels: Check = (samples) =>
  samples.flatMap((sample) =>
    segmentationsOf(sample).flatMap(({ role, facts }) =>
      remarksOn(facts).map(({ severity, message }) => ({
        severity,
        message: `${role} of ${sample.id} ${message}`,
        samples: [sample.id],
      })),
    ),
  );

function remarksOn(facts: ImageFacts): Remark[] {
  const { appearance = {}, image } = facts;
  const [channel] = facts.channels;
  const seen = asFarAsSeen(facts);
  const { scale, unknown } = image;
  const found = judge({ ...channel, appearance, scale, unknown }, image.foreground);
  if ('fault' in found)
    return [{ severity: 'error', message: `${found.fault}${found.isOneSided ? seen : ''}; ${found.remedy ?? REMEDY}` }];
  const { pixels, distinct } = channel;
  const foreground = foregroundCount(channel, found.rule, scale);
  const remarks = found.notes.map((message): Remark => ({ severity: 'note', message }));
  if (foreground === 0) {
    return [{ severity: 'warning', message: `is empty${seen}: no pixel is foreground` }, ...remarks];
  }
  if (foreground !== null && foreground / pixels > FULL) {
    const message = `is full${seen}: ${percent(foreground / pixels)} of the pixels are foreground`;
    return [{ severity: 'error', message }, ...remarks];
  }
  if (!found.hasLabels || (distinct !== null && distinct <= 2)) return remarks;
  const { rule } = found;
  const isForeground = foregroundTest(rule);
  const labels = channel.histogram?.filter(([value]) => isForeground(value)).length;
  if (labels === 1) return remarks;
  const objects = labels ?? (rule.kind === 'non-zero' && distinct !== null ? distinct - 1 : 'many');
  const which = rule.kind === 'non-zero' ? 'all that is not 0' : foregroundText(rule);
  const message = `holds ${objects} different labels${seen}; foreground is ${which}`;
  return [...remarks, { severity: 'note', message }];
}
