/** Said of every form that measures within the graph. */
export const INSIDE_NOTE =
  'the normalisation is inside the network and measured in what each call is given: give it whole images, or tiles large enough to hold background and structures';

/** Said of forms that have no place for what tells objects apart. */
export const FOREGROUND_ONLY =
  'of the maps that tell objects apart only the foreground goes out: objects that touch are one there';

/** Said of packages that others shall use. */
export const NO_LICENCE = 'no licence was named: a package without one may not be used by others';
