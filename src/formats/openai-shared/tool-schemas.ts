import type { ChatRequest, JsonSchema, Tool } from '../../chat/request.ts'
import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'
import { listOf } from '../fields/values.ts'
import type { Losses } from '../translation/losses.ts'
import { everySchema, mapSchema } from '../translation/map-schema.ts'

/**
 * The request with tools that OpenAI's models accept: lists state their items, and only schemas in OpenAI's strict
 * subset are strict. Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function withOpenaiSchemas(request: ChatRequest, losses: Losses): ChatRequest {
  const tools = request.tools.map((tool, index) => fitTool(tool, `tools[${index}]`, losses))
  return tools.every((tool, index) => tool === request.tools[index]) ? request : { ...request, tools }
}

function fitTool(tool: Tool, path: string, losses: Losses): Tool {
  if (tool.type !== 'function') return tool
  const parameters = tool.parameters && withItems(tool.parameters)
  const isLoose = tool.strict === true && !isStrict(parameters ?? {})
  if (parameters === tool.parameters && !isLoose) return tool
  if (isLoose)
    losses.note(
      `${path}.strict`,
      'removed: OpenAI accepts strict schemas only if every object is closed and requires all its properties',
    )
  const { strict, ...rest } = tool
  return { ...rest, ...(parameters && { parameters }), ...(!isLoose && strict !== undefined && { strict }) }
}

/** A list without a schema of its items may have any; OpenAI wants to read that. */
const withItems = (schema: JsonSchema): JsonSchema =>
  mapSchema(schema, (each) =>
    each['type'] === 'array' && each['items'] === undefined && each['prefixItems'] === undefined
      ? { ...each, items: {} }
      : each,
  )

const NOT_STRICT = [
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
]

const isStrict = (schema: JsonObject): boolean =>
  everySchema(schema, (each, depth) => {
    if (depth === 0 && (each['type'] !== 'object' || each['anyOf'] !== undefined)) return false
    return !NOT_STRICT.some((keyword) => each[keyword] !== undefined) && (!isObject(each) || isClosed(each))
  })

const isObject = ({ type }: JsonObject): boolean =>
  type === 'object' || (Array.isArray(type) && type.includes('object'))

function isClosed({ properties, required, additionalProperties }: JsonObject): boolean {
  const names = new Set(listOf(required))
  const keys = isRecord(properties) ? Object.keys(properties) : []
  return additionalProperties === false && keys.every((key) => names.has(key))
}
