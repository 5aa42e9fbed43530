// What Gemini's generateContent refuses.
// Sources: Google's API reference and the messages of its errors in public reports.
import type { Fields } from '../wire/fields.ts'
import { camelCased } from './camel-cased.ts'
import { checkContents, GEMINI_NAME } from './gemini-contents.ts'
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
  textOf,
  wordSet,
} from './report.ts'
import { checkGeminiSchema } from './schemas.ts'

const KNOWN = wordSet(`
  contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent serviceTier labels
  model store modelArmorConfig
`)
const GENERATION = wordSet(`
  stopSequences responseMimeType responseSchema responseJsonSchema responseFormat candidateCount
  responseModalities maxOutputTokens temperature topP topK seed presencePenalty logprobs frequencyPenalty
  responseLogprobs speechConfig thinkingConfig imageConfig mediaResolution enableEnhancedCivicAnswers
  audioTimestamp routingConfig modelSelectionConfig translationConfig audioTranscriptionConfig
  enableAffectiveDialog
`)

export function checkGemini(report: Report, given: Fields, model: string): void {
  const body = camelCased(given)
  checkKnown(report, '', body, KNOWN)
  checkGeneration(report, fieldsOf(body['generationConfig']))
  checkTools(report, body)
  checkContents(report, body, model)
}

function checkGeneration(report: Report, config: Fields): void {
  const place = 'generationConfig'
  checkKnown(report, place, config, GENERATION)
  checkRange(report, `${place}.temperature`, config['temperature'], 0, 2)
  checkRange(report, `${place}.topP`, config['topP'], 0, 1)
  checkRange(report, `${place}.maxOutputTokens`, config['maxOutputTokens'], 1)
  checkRange(report, `${place}.candidateCount`, config['candidateCount'], 1, 8)
  if (listOf(config['stopSequences']).length > 5) report(`${place}.stopSequences`, 'at most 5 sequences')
  const { thinkingBudget, thinkingLevel } = fieldsOf(config['thinkingConfig'])
  if (thinkingBudget !== undefined && thinkingLevel !== undefined)
    report(`${place}.thinkingConfig`, 'thinkingBudget and thinkingLevel exclude each other')
  const hasSchema = ['responseSchema', 'responseJsonSchema'].filter((name) => isGiven(config, name))
  if (hasSchema.length > 1) report(`${place}.responseSchema`, 'not together with responseJsonSchema')
  if (hasSchema.length > 0 && !['application/json', 'text/x.enum'].includes(textOf(config['responseMimeType'])))
    report(`${place}.responseMimeType`, 'must be application/json for a schema')
  if (isGiven(config, 'responseSchema')) checkGeminiSchema(report, `${place}.responseSchema`, config['responseSchema'])
}

function checkTools(report: Report, body: Fields): void {
  const declared = listOf(body['tools']).flatMap((tool, index) =>
    listOf(fieldsOf(tool)['functionDeclarations']).map((declaration, at) =>
      checkDeclaration(report, fieldsOf(declaration), `tools[${index}].functionDeclarations[${at}]`),
    ),
  )
  checkToolNames(report, declared, GEMINI_NAME)
  const { mode, allowedFunctionNames: allowed } = fieldsOf(fieldsOf(body['toolConfig'])['functionCallingConfig'])
  if (listOf(allowed).length === 0) return
  if (mode !== 'ANY' && mode !== 'VALIDATED')
    report('toolConfig.functionCallingConfig', 'allowedFunctionNames only with the mode ANY or VALIDATED')
  for (const name of listOf(allowed)) checkForced(report, 'toolConfig.functionCallingConfig', name, declared)
}

function checkDeclaration(report: Report, declaration: Fields, place: string): NamedTool {
  const { name, parameters, parametersJsonSchema } = declaration
  if (parameters !== undefined && parametersJsonSchema !== undefined)
    report(place, 'parameters and parametersJsonSchema exclude each other')
  checkGeminiSchema(report, `${place}.parameters`, parameters)
  return { name, place: `${place}.name` }
}
