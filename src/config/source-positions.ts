// The position of each value in the file, as a tree of the same shape.

export type Path = readonly PropertyKey[]

export interface SourcePosition {
  readonly start: number
  /** The start of its key; undefined if it has none. */
  readonly keyStart: number | undefined
  readonly children: ReadonlyMap<string, SourcePosition>
  /** Describes the source of a value that is not in the text of the file. Such a value is not shown. */
  readonly origin: string | undefined
  /** The value could not be read. This is reported already, so further problems with it are not. */
  readonly broken: boolean
  /** Whether it is in the file. */
  readonly inFile: boolean
}

export const plainPosition = (
  start: number,
  children: ReadonlyMap<string, SourcePosition> = new Map(),
): SourcePosition => ({
  start,
  keyStart: undefined,
  children,
  origin: undefined,
  broken: false,
  inFile: true,
})

/** The position of `path`, or of the closest value that contains it: that of the first `depth` keys. */
export function positionOf(
  root: SourcePosition,
  path: Path,
): { readonly place: SourcePosition; readonly depth: number } {
  let place = root
  for (const [depth, key] of path.entries()) {
    const next = place.children.get(String(key))
    if (!next) return { place, depth }
    place = next
  }
  return { place, depth: path.length }
}

export type Mapping = Readonly<Record<string, unknown>>
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at `path`; undefined if there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return current
}

/** A copy of the tree with `leaf` at `path`. Missing levels are added. */
export function withPosition(root: SourcePosition, path: Path, leaf: SourcePosition): SourcePosition {
  const [key, ...rest] = path
  if (key === undefined) return leaf
  const child = root.children.get(String(key)) ?? { ...plainPosition(root.start), inFile: false }
  return { ...root, children: new Map(root.children).set(String(key), withPosition(child, rest, leaf)) }
}
