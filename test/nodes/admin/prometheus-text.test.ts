import assert from 'node:assert/strict';
import { prometheusText } from '../../../nodes/admin/prometheus-text';

describe("Prometheus' text format", () => {
  it('has help and type before the samples of each metric, and labels in quotes', () => {
    const text = prometheusText([
      { name: 'a_total', help: 'One\ntwo \\ three.', type: 'counter', samples: [{ value: 3 }] },
      {
        name: 'b_seconds',
        help: 'B.',
        type: 'histogram',
        samples: [
          { suffix: '_bucket', labels: { of: 'a "b" \\ \n', le: '+Inf' }, value: 2 },
          { suffix: '_sum', value: 0.25 },
        ],
      },
      { name: 'nothing', help: 'No samples.', type: 'gauge', samples: [] },
    ]);
    assert.equal(
      text,
      [
        '# HELP a_total One\\ntwo \\\\ three.',
        '# TYPE a_total counter',
        'a_total 3',
        '# HELP b_seconds B.',
        '# TYPE b_seconds histogram',
        'b_seconds_bucket{of="a \\"b\\" \\\\ \\n",le="+Inf"} 2',
        'b_seconds_sum 0.25',
        '',
      ].join('\n'),
    );
  });
});
