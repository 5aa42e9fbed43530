import type { Extra } from '../../chat/part.ts'
import { type Fields, isRecord, requestFields } from '../fields/fields.ts'

/**
 * The fields of a client's object. Google accepts the JSON encoding of protocol buffers, in which each field is written
 * in camelCase or in snake_case (https://protobuf.dev/programming-guides/json). Here all names are converted to
 * camelCase.
 */
export function protoFields(value: unknown, path: string): Fields {
  if (!isRecord(value) || !Object.keys(value).some((key) => key.includes('_'))) return requestFields(value, path)
  const fields: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value)) {
    const name = camelCase(key)
    if (Object.hasOwn(fields, name))
      throw requestFields(value, path).wrong(name, 'occurs twice, in camelCase and in snake_case')
    fields[name] = field
  }
  return requestFields(fields, path)
}

/** The object at `key`, to be read field by field. */
export function protoObject(fields: Fields, key: string): Fields | undefined {
  const value = fields.record(key)
  return value && protoFields(value, pathOf(fields, key))
}

/** The list of objects at `key`. A single object is read as a list of one, as in many of Google's examples. */
export function protoObjects(fields: Fields, key: string): readonly Fields[] | undefined {
  const value = fields.any(key)
  const list = isRecord(value) ? [value] : fields.list(key)
  return list?.map((item, index) => protoFields(item, `${pathOf(fields, key)}[${index}]`))
}

/** The number at `key`. The JSON encoding of protocol buffers allows numbers as text: `"maxOutputTokens": "100"`. */
export function protoNumber(fields: Fields, key: string): number | undefined {
  const value = fields.peek(key)
  if (typeof value !== 'string' || value.trim() === '' || !Number.isFinite(Number(value))) return fields.number(key)
  fields.any(key)
  return Number(value)
}

export const pathOf = ({ path }: Fields, key: string): string => (path === '' ? key : `${path}.${key}`)

/** A leading underscore is a part of the name: `_responseJsonSchema`. */
export const camelCase = (name: string): string =>
  name.replaceAll(/(?!^)_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** Unread fields of nested objects, by their path: `functionCall.partialArgs`. */
export function extraOf(objects: readonly (readonly [path: string, fields: Fields | undefined])[]): { extra?: Extra } {
  const extra: Record<string, unknown> = {}
  for (const [path, fields] of objects)
    for (const [key, value] of Object.entries(fields?.rest() ?? {})) extra[path === '' ? key : `${path}.${key}`] = value
  return Object.keys(extra).length > 0 ? { extra } : {}
}

/** The reverse of `extraOf`: sets each field at its path. */
export function withExtra(body: Record<string, unknown>, extra: Extra | undefined): Record<string, unknown> {
  for (const [path, value] of Object.entries(extra ?? {})) {
    const steps = path.split('.')
    const last = steps.pop()!
    let at = body
    for (const step of steps) {
      const next = Object.hasOwn(at, step) ? at[step] : undefined
      at[step] = isRecord(next) ? { ...next } : {}
      at = at[step] as Record<string, unknown>
    }
    at[last] = value
  }
  return body
}
