type Defined<Given> = { [Key in keyof Given]?: Exclude<Given[Key], undefined> }

/** The object without its undefined fields, as exact optional property types require. */
export function defined<Given extends object>(given: Given): Defined<Given> {
  const kept: Record<string, unknown> = {}
  for (const key in given) if (given[key] !== undefined) kept[key] = given[key]
  return kept as Defined<Given>
}
