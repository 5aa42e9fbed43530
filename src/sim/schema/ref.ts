import { SimError } from '../wire/errors.ts'

/** Resolves `#`, `#/a/b` or `#anchor` in `root`. Throws SimError for other references: nothing is fetched. */
export function resolveRef(root: unknown, ref: string): unknown {
  const found = ref === '#' ? root : ref.startsWith('#/') ? atPointer(root, ref.slice(2)) : anchored(root, ref.slice(1))
  if (!ref.startsWith('#') || found === undefined) {
    throw new SimError(400, `The JSON schema has a reference to ${JSON.stringify(ref)}, which it does not contain.`)
  }
  return found
}

function atPointer(root: unknown, pointer: string): unknown {
  let found: unknown = root
  for (const part of pointer.split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    const holds = typeof found === 'object' && found !== null && Object.hasOwn(found, name)
    found = holds ? (found as Record<string, unknown>)[name] : undefined
  }
  return found
}

function anchored(part: unknown, name: string): unknown {
  if (typeof part !== 'object' || part === null) return undefined
  if ((part as Record<string, unknown>)['$anchor'] === name) return part
  for (const inner of Object.values(part)) {
    const found = anchored(inner, name)
    if (found !== undefined) return found
  }
  return undefined
}
