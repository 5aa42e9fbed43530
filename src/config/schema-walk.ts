// Looks up paths in the schema: which values are allowed there, and whether they are secret.
import type { z } from 'zod'
import type { Path } from './source-positions.ts'

type Node = z.core.$ZodType
type Definition = z.core.$ZodTypes['_zod']['def']

const definition = (schema: Node) => schema._zod.def as Definition

/** The schema inside its wrappers: defaults, transforms, alternatives. */
function* unwrap(schema: Node): Generator<Node> {
  const def = definition(schema)
  yield schema
  if ('innerType' in def) yield* unwrap(def.innerType)
  if (def.type === 'pipe') {
    yield* unwrap(def.in)
    if (definition(def.out).type !== 'transform') yield* unwrap(def.out) // the output of a transform is not in the file
  }
  if (def.type === 'union') for (const option of def.options) yield* unwrap(option)
}

function* step(schema: Node, key: PropertyKey): Generator<Node> {
  for (const inner of unwrap(schema)) {
    const def = definition(inner)
    if (def.type === 'object' && typeof key === 'string' && Object.hasOwn(def.shape, key)) yield def.shape[key]!
    if (def.type === 'record') yield def.valueType
    if (def.type === 'array') yield def.element
  }
}

/** Every schema that can apply at `path`. */
function schemasAt(root: Node, path: Path): Node[] {
  let schemas: Node[] = [root]
  for (const key of path) schemas = schemas.flatMap((schema) => Array.from(step(schema, key)))
  return schemas.flatMap((schema) => Array.from(unwrap(schema)))
}

/** The keys allowed in the mapping at `path`; empty if any name is allowed. */
export function keysAt(root: Node, path: Path): string[] {
  return schemasAt(root, path).flatMap((schema) => {
    const def = definition(schema)
    return def.type === 'object' ? Object.keys(def.shape) : []
  })
}

/** Whether `path` exists in the schema. */
export const isKnownAt = (root: Node, path: Path): boolean => schemasAt(root, path).length > 0

const TAKES_TEXT = new Set(['string', 'number', 'boolean', 'enum', 'transform'])

/** Whether the value at `path` can be other than a mapping or a list. */
export const acceptsText = (root: Node, path: Path): boolean =>
  schemasAt(root, path).some((schema) => TAKES_TEXT.has(definition(schema).type))

/** Whether the value at `path` is marked `secret`. */
export function isSecretAt(root: z.ZodType, path: Path): boolean {
  return schemasAt(root, path).some((schema) => (schema as z.ZodType).meta?.()?.['secret'] === true)
}

/** Every key of the schema as a path, with `*` for names and list entries: `providers.*.apiKey`. */
export function allPaths(schema: Node, above: readonly string[] = []): string[] {
  const own = above.length > 0 ? [above.join('.')] : []
  const below = [...unwrap(schema)].flatMap((inner) => {
    const def = definition(inner)
    if (def.type === 'object')
      return Object.entries(def.shape).flatMap(([key, value]) => allPaths(value, [...above, key]))
    if (def.type === 'record') return allPaths(def.valueType, [...above, '*'])
    return def.type === 'array' ? allPaths(def.element, [...above, '*']) : []
  })
  return [...new Set([...own, ...below])]
}

/** The default of the value at `path`, as it would be written in the file; undefined if there is none. */
export function defaultAt(root: Node, path: Path): unknown {
  const defaults = schemasAt(root, path).flatMap((schema) => {
    const def = definition(schema)
    return def.type === 'default' || def.type === 'prefault' ? [def.defaultValue] : []
  })
  return defaults[0]
}
