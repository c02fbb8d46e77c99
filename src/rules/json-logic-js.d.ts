/** The one function of json-logic-js that we use; the package brings no types. */
declare module 'json-logic-js' {
  const jsonLogic: {
    /** Judges a rule on data. Throws an Error for an operator that it does not know. */
    apply(rule: unknown, data: unknown): unknown;
  };
  export = jsonLogic;
}
