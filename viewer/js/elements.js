export const byId = (id) => document.getElementById(id);

export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

// A group of radio buttons in a fieldset.
export function choices(fieldset, name, labels, chosen) {
  labels.forEach((label, index) => {
    const input = element('input', { type: 'radio', name, value: String(index) });
    input.checked = index === 0;
    input.addEventListener('change', () => chosen(index));
    fieldset.append(element('label', {}, input, ' ', label));
  });
}

export function choose(fieldset, index) {
  fieldset.querySelectorAll('input')[index].checked = true;
}
