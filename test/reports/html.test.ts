import assert from 'node:assert/strict';
import { drawChart } from '../../src/reports/chart';
import { escapeHtml, html } from '../../src/reports/html';
import { reportPage } from '../../src/reports/page';

describe('reports/html', () => {
  it('escapes what is put in, in elements and attributes, and nothing twice', () => {
    const name = `<script>alert("x")</script> & 'y'`;
    const safe = '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;';
    assert.equal(escapeHtml(name), safe);
    assert.equal(html`<p title="${name}">${html`<b>${name}</b>`}</p>`.text, `<p title="${safe}"><b>${safe}</b></p>`);
    assert.equal(html`${[1, null, 'a', html`<br>`]}`.text, '1a<br>');
  });

  it('spells out what cannot be seen or turns the direction of writing', () => {
    assert.equal(escapeHtml('gpj\u202efdp.exe \u0000\u200b\ufeff'), 'gpjU+202Efdp.exe U+0000U+200BU+FEFF');
    assert.equal(escapeHtml('Zellen 细胞 ü\n\t'), 'Zellen 细胞 ü\n\t');
  });

  it('makes a page that asks for nothing and runs nothing', () => {
    const page = reportPage('a <b>', html`<h1>x</h1>`);
    assert.match(page, /^<!DOCTYPE html><!-- segmenter report -->/);
    assert.match(page, /<title>a &lt;b&gt;<\/title>/);
    assert.match(page, /default-src &#39;none&#39;|default-src 'none'/);
    assert.doesNotMatch(page, /<script|https?:\/\/|<link|@import/);
  });
});

describe('reports/chart', () => {
  const chart = (points: [number, number][], marks: { x: number; label: string }[] = []) =>
    drawChart({
      label: 'Dice by step',
      x: { label: 'step', from: 0, to: 100 },
      y: { label: 'Dice', from: 0, to: 1 },
      series: [{ name: 'Dice', points, style: 'line' }],
      marks,
    }).text;

  it('draws points where the axes have them', () => {
    const svg = chart([
      [0, 0],
      [100, 1],
    ]);
    assert.match(svg, /<polyline class="curve s0" points="58,256 546,12"\/>/);
    assert.match(svg, /aria-label="Dice by step"/);
    assert.deepEqual(
      [...svg.matchAll(/text-anchor="end">([^<]+)</g)].map(([, text]) => text),
      ['0', '0.2', '0.4', '0.6', '0.8', '1'],
    );
  });

  it('draws series of one name alike, and tells of the name once', () => {
    const fold = { name: 'folds', points: [[0, 0.5] as const], style: 'line' as const, colour: 1 as const };
    const all = { name: 'all images', points: [[50, 0.5] as const], style: 'line' as const, colour: 0 as const };
    const axis = { label: '', from: 0, to: 100 };
    const { text } = drawChart({ label: '', x: axis, y: axis, series: [fold, { ...fold }, all] });
    const curves = [...text.matchAll(/<polyline class="curve (s\d)"/g)].map(([, colour]) => colour);
    assert.deepEqual(curves, ['s1', 's1', 's0']);
    assert.equal(text.match(/ folds<\/span>/g)?.length, 1);
  });

  it('stays small with many points, and draws an axis without extent', () => {
    const many = Array.from({ length: 50_000 }, (_, i): [number, number] => [i / 500, 0.5]);
    assert.ok(chart(many).length < 40_000);
    assert.doesNotMatch(
      drawChart({ label: '', x: { label: '', from: 0, to: 0 }, y: { label: '', from: 1, to: 1 }, series: [] }).text,
      /NaN|Infinity/,
    );
  });
});
