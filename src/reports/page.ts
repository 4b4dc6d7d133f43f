import { type Content, Html, html } from './html';
import type { Software } from './software';
import { STYLE } from './style';
import type { ReportTexts } from './texts';
import { SOURCES } from './texts/sources';

/** Begins every report: what is replaced, and what is served to a browser, is known by it. */
export const REPORT_MARK = '<!DOCTYPE html><!-- segmenter report -->';
/** Nothing is fetched and nothing runs, wherever the file is opened. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** Puts a page together that stands alone: no request, no script, style and pictures in it. */
export function reportPage(title: string, body: Content, language = 'en'): string {
  const page = html`
<html lang="${language}">
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

interface Closing {
  limits: readonly string[];
  methods: string;
  software: Software;
}

/** What the numbers mean, what they do not say, and how to write of them. */
export function closingSections({ closing, definitions }: ReportTexts, { limits, methods, software }: Closing): Html {
  return html`${section(closing.limits, bullets(limits))}
${section(
  closing.methods,
  html`<p class="note">${closing.methodsNote}</p><blockquote lang="en">${methods}</blockquote>
<p>${closing.cite(software.package, software.version)}</p>`,
)}
${section(
  closing.definitions,
  html`<dl class="terms">${definitions.map(({ name, says }) => html`<dt>${name}</dt><dd>${says}</dd>`)}</dl>
<h3>${closing.sources}</h3>${bullets(SOURCES)}`,
)}
${section(
  closing.software,
  facts([
    [closing.package, `${software.package} ${software.version}`],
    ['Node.js', software.node],
    ['ONNX Runtime', software.onnxruntime],
    [closing.system, software.system],
    [closing.processor, software.processor],
  ]),
)}`;
}
