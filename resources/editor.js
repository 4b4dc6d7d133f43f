// What the nodes' pages in the editor share. Every page loads it, so it only ever sets the same values again.
globalThis.segmenterEditor = (() => {
  /** What a typed input offers for paths and names, for regions and for numbers; as in nodes/node-settings.ts. */
  const TEXT_TYPES = ['str', 'msg', 'flow', 'global', 'env', 'jsonata'];
  const REGION_TYPES = ['msg', 'str', 'json', 'flow', 'global', 'env', 'jsonata'];
  const NUMBER_TYPES = ['num', 'msg', 'flow', 'global', 'env', 'jsonata'];

  const blank = (value) => String(value ?? '').trim() === '';
  const whole = (lowest) => (value) => /^\d+$/.test(String(value).trim()) && Number(value) >= lowest;

  /** What is foreground, as the library reads it: blank, `non-zero`, `2`, `1, 3`, `> 0`, `< 128`, `not 1`. */
  const foreground = (value) => {
    const text = String(value ?? '')
      .trim()
      .toLowerCase();
    if (text === '' || text === 'non-zero') return true;
    if (/^0,\d+$/.test(text)) return false;
    const [sign] = ['>', '<', 'not ', ''].filter((each) => text.startsWith(each));
    const numbers = text.slice(sign.length).split(',');
    const isBound = sign === '>' || sign === '<';
    return (
      numbers.every((number) => !blank(number) && Number.isFinite(Number(number))) && !(isBound && numbers.length > 1)
    );
  };

  /** An environment variable, which Node-RED puts in when it starts the flow; the node itself looks at the value. */
  const isVariable = (value) => /^\$\{\S+\}$/.test(String(value).trim());

  /** A validator that tells why: the editor shows a returned text as the reason. */
  const rule = (test, reason) =>
    function (value, _options) {
      return isVariable(value) || test.call(this, value) || this._(`reason.${reason}`);
    };

  /** The typed input makes fields of its own, which need the name that the row's label shows. */
  const typedInput = (node, property, types, initial) => {
    const field = $(`#node-input-${property}`);
    field.typedInput({ default: initial, types, typeField: `#node-input-${property}Type` });
    field
      .next('.red-ui-typedInput-container')
      .find('input, button')
      .attr('aria-label', node._(`label.${property}`));
  };

  /** What a node is called in the palette and on the canvas. */
  const labels = {
    paletteLabel: function () {
      return this._('palette.label');
    },
    label: function () {
      return this.name || this._('palette.label');
    },
    labelStyle: function () {
      return this.name ? 'node_label_italic' : '';
    },
  };

  const outputLabels = function (index) {
    return this._(`output.${index}`);
  };

  return { TEXT_TYPES, REGION_TYPES, NUMBER_TYPES, blank, whole, foreground, rule, typedInput, labels, outputLabels };
})();
