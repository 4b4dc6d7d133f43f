/** A sign of Font Awesome, which Node-RED brings; it says nothing that a text does not say. */
export function icon(name: string): string {
  return `<i class="fa fa-${name}" aria-hidden="true"></i>`;
}
