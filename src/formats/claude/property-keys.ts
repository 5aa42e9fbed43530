import type { JsonSchema } from '../../chat/request.ts'
import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'
import { listOf } from '../fields/values.ts'
import type { Losses } from '../translation/losses.ts'
import { mapSchema } from '../translation/map-schema.ts'

/** The names of properties that Claude accepts in the schema of a tool, at every level. */
const KEY = /^[a-zA-Z0-9_.-]{1,64}$/

/**
 * The schema of a tool without properties whose names Claude rejects (`$filter`), which is noted: the model cannot set
 * them, but every request with the tool would fail otherwise. Returns the same schema if all names are accepted.
 */
export function withClaudeKeys(schema: JsonSchema, path: string, losses: Losses): JsonSchema {
  const removed = new Set<string>()
  const fitted = mapSchema(schema, (each) => withoutKeys(each, removed))
  const names = [...removed].map((name) => JSON.stringify(name.slice(0, 80))).slice(0, 5)
  if (names.length > 0)
    losses.note(
      `${path}.parameters`,
      `changed: without the properties ${names.join(', ')}${removed.size > names.length ? ', ...' : ''}: Claude accepts names of 1 to 64 letters, digits, _ . and -`,
    )
  return fitted
}

function withoutKeys(schema: JsonObject, removed: Set<string>): JsonObject {
  const { properties, required } = schema
  if (!isRecord(properties)) return schema
  let isChanged = false
  for (const name in properties)
    if (!KEY.test(name)) {
      isChanged = true
      removed.add(name)
    }
  if (!isChanged) return schema
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => KEY.test(name))),
    ...(required !== undefined && {
      required: listOf(required).filter((name) => typeof name === 'string' && KEY.test(name)),
    }),
  }
}
