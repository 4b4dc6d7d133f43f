import { DEFINITIONS, SOURCES } from './definitions';
import { type Content, Html, html } from './html';
import type { Software } from './software';
import { STYLE } from './style';

/** Begins every report: what is replaced, and what is served to a browser, is known by it. */
export const REPORT_MARK = '<!DOCTYPE html><!-- segmenter report -->';
/** Nothing is fetched and nothing runs, wherever the file is opened. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** Puts a page together that stands alone: no request, no script, style and pictures in it. */
export function reportPage(title: string, body: Content): string {
  const page = html`
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="segmenter">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body><main>
${body}
</main></body>
</html>
`;
  return REPORT_MARK + page.text;
}

/** A heading and what follows it; nothing where there is nothing to say. */
export function section(heading: string, ...body: Content[]): Html | null {
  return body.every((part) => part === null) ? null : html`<section><h2>${heading}</h2>${body}</section>\n`;
}

/** Facts by name; those without a value are left out. */
export function facts(rows: readonly (readonly [name: string, value: Content])[]): Html {
  const known = rows.filter(([, value]) => value !== null && value !== '');
  return html`<dl class="facts">${known.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A table whose first column is text. */
export function table(head: readonly Content[], rows: readonly (readonly Content[])[], of = ''): Html {
  return html`<div class="scroll"><table class="${of}"><thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead><tbody>
${rows.map((row) => html`<tr>${row.map((cell, i) => (i === 0 ? html`<td class="name">${cell}</td>` : html`<td>${cell}</td>`))}</tr>\n`)}</tbody></table></div>`;
}

export function bullets(items: readonly Content[]): Html | null {
  return items.length === 0 ? null : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

export function warnings(texts: readonly string[]): Html | null {
  return texts.length === 0 ? null : html`${texts.map((text) => html`<p class="warn">${text}</p>`)}`;
}

/** A few numbers that are seen first. */
export function bigNumbers(numbers: readonly { value: string; name: string; note: string }[]): Html {
  return html`<div class="big">${numbers.map(({ value, name, note }) => html`<div><span>${name}</span><b>${value}</b><span>${note}</span></div>`)}</div>`;
}

export function curveFigure(chart: Html, caption: string): Html {
  return html`<figure class="curve-figure">${chart}<figcaption>${caption}</figcaption></figure>`;
}

/** What the numbers mean, what they do not say, and how to write of them. */
export function closingSections(limits: readonly string[], methods: string, software: Software, only?: RegExp): Html {
  const defined = DEFINITIONS.filter(({ name }) => !only || only.test(name));
  return html`${section('What these numbers do not say', bullets(limits))}
${section(
  'For the methods section',
  html`<p class="note">To copy; shorten as needed.</p><blockquote>${methods}</blockquote>
<p>Cite the software as: ${software.package}, version ${software.version} (MIT licence), with the model and its hash above.</p>`,
)}
${section(
  'What each number means',
  html`<dl class="terms">${defined.map(({ name, says }) => html`<dt>${name}</dt><dd>${says}</dd>`)}</dl>
<h3>Sources of the definitions</h3>${bullets(SOURCES)}`,
)}
${section(
  'Software and machine',
  facts([
    ['Package', `${software.package} ${software.version}`],
    ['Node.js', software.node],
    ['ONNX Runtime', software.onnxruntime],
    ['System', software.system],
    ['Processor', software.processor],
  ]),
)}`;
}
