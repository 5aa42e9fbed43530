/** A parsed JSON object whose fields have not been checked yet, or one that is about to be written. */
export type JsonObject = Readonly<Record<string, unknown>>
