/** The part of picomatch that is used here; the package brings no types. */
declare module 'picomatch' {
  interface Options {
    /** whether `*` matches names that begin with a dot */
    dot?: boolean;
    posix?: boolean;
  }

  namespace picomatch {
    type Matcher = (text: string) => boolean;
    function scan(
      pattern: string,
      options?: { parts?: boolean },
    ): { isGlob: boolean; negated: boolean; parts?: string[] };
  }

  function picomatch(pattern: string, options?: Options): picomatch.Matcher;
  export = picomatch;
}
