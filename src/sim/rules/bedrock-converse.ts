// What Bedrock's Converse refuses.
// Sources: the API reference of Amazon Bedrock and the messages of its errors in public reports.
import type { Fields } from '../wire/fields.ts'
import { checkConverseMessages, usesTools } from './converse-messages.ts'
import { isClaude } from './models.ts'
import {
  checkForced,
  checkKnown,
  checkRange,
  checkToolNames,
  fieldsOf,
  isGiven,
  listOf,
  type NamedTool,
  type Report,
  wordSet,
} from './report.ts'
import { checkClaudeParameters } from './schemas.ts'

const KNOWN = wordSet(`
  messages system inferenceConfig toolConfig guardrailConfig additionalModelRequestFields
  additionalModelResponseFieldPaths promptVariables requestMetadata performanceConfig serviceTier outputConfig
`)
const INFERENCE = new Set(['maxTokens', 'temperature', 'topP', 'stopSequences'])
const NAME = /^[a-zA-Z0-9_-]{1,64}$/

export function checkConverse(report: Report, body: Fields, model: string): void {
  checkKnown(report, '', body, KNOWN)
  const inference = fieldsOf(body['inferenceConfig'])
  checkKnown(report, 'inferenceConfig', inference, INFERENCE)
  checkRange(report, 'inferenceConfig.temperature', inference['temperature'], 0, 1)
  checkRange(report, 'inferenceConfig.topP', inference['topP'], 0, 1)
  checkRange(report, 'inferenceConfig.maxTokens', inference['maxTokens'], 1)
  checkTools(report, body, model)
  checkThinking(report, body)
  checkConverseMessages(report, body, model)
}

function checkTools(report: Report, body: Fields, model: string): void {
  if (!isGiven(body, 'toolConfig')) {
    if (usesTools(body['messages']))
      report('toolConfig', 'must be defined when using toolUse and toolResult content blocks')
    return
  }
  const { tools, toolChoice } = fieldsOf(body['toolConfig'])
  const specs = listOf(tools).flatMap((tool, index) => {
    const { toolSpec, systemTool } = fieldsOf(tool)
    const place = `toolConfig.tools[${index}].toolSpec`
    if (toolSpec === undefined) return systemTool === undefined ? [] : [{ name: fieldsOf(systemTool)['name'], place }]
    return [checkSpec(report, fieldsOf(toolSpec), place, model)]
  })
  if (specs.length === 0) report('toolConfig.tools', 'must have at least 1 tool')
  checkToolNames(report, specs, NAME)
  const { tool, any, auto } = fieldsOf(toolChoice)
  if (tool !== undefined) checkForced(report, 'toolConfig.toolChoice', fieldsOf(tool)['name'], specs)
  else if (toolChoice !== undefined && any === undefined && auto === undefined)
    report('toolConfig.toolChoice', 'must be auto, any or tool')
}

function checkSpec(
  report: Report,
  { name, description, inputSchema }: Fields,
  place: string,
  model: string,
): NamedTool {
  const { json } = fieldsOf(inputSchema)
  if (description === '') report(`${place}.description`, 'must have at least 1 character')
  if (isClaude(model)) checkClaudeParameters(report, `${place}.inputSchema.json`, json)
  else if (fieldsOf(json)['type'] !== 'object') report(`${place}.inputSchema.json.type`, 'must be "object"')
  return { name, place: `${place}.name` }
}

/** The thinking of Claude, which goes into its own fields. */
function checkThinking(report: Report, body: Fields): void {
  const { type, budget_tokens: budget } = fieldsOf(fieldsOf(body['additionalModelRequestFields'])['thinking'])
  if (type !== 'enabled') return
  const { temperature, maxTokens } = fieldsOf(body['inferenceConfig'])
  if (temperature !== undefined && temperature !== 1)
    report('inferenceConfig.temperature', 'may only be 1 when thinking is enabled')
  if (Number(budget) < 1024 || Number(budget) >= Number(maxTokens ?? Infinity))
    report('additionalModelRequestFields.thinking', 'budget_tokens must be at least 1024 and below maxTokens')
  const { any, tool } = fieldsOf(fieldsOf(body['toolConfig'])['toolChoice'])
  if (any !== undefined || tool !== undefined)
    report('toolConfig.toolChoice', 'thinking may not be enabled when a tool is forced')
  const messages = listOf(body['messages']).map(fieldsOf)
  const index = messages.findLastIndex(({ role }) => role === 'assistant')
  const blocks = listOf(messages[index]?.['content']).map(fieldsOf)
  if (blocks.some((block) => isGiven(block, 'toolUse')) && !isGiven(fieldsOf(blocks[0]), 'reasoningContent'))
    report(`messages[${index}].content[0]`, 'expected reasoningContent before toolUse')
}
