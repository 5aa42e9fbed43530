// Where each value of the file stands, in a tree of the same shape.

export type Path = readonly PropertyKey[]

export interface SourcePosition {
  readonly start: number
  /** Of its key, where it has one. */
  readonly keyStart: number | undefined
  readonly children: ReadonlyMap<string, SourcePosition>
  /** What the value came from, if not from the file's own text: it is not shown then. */
  readonly origin: string | undefined
  /** Whether the value could not be read. That is reported already, so nothing more is said about it. */
  readonly broken: boolean
  /** Whether it stands in the file at all. */
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

/** The place of `path`, or of the nearest thing around it, which is that of its first `depth` keys. */
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

/** The value at `path`; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return current
}

/** The same tree with another `leaf` at `path`, on the way to which mappings are made as needed. */
export function withPosition(root: SourcePosition, path: Path, leaf: SourcePosition): SourcePosition {
  const [key, ...rest] = path
  if (key === undefined) return leaf
  const child = root.children.get(String(key)) ?? { ...plainPosition(root.start), inFile: false }
  return { ...root, children: new Map(root.children).set(String(key), withPosition(child, rest, leaf)) }
}
