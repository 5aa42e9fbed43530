// The rules of the strict simulator against recorded traffic: what a real provider took has no violations.
import { expect, test } from 'bun:test'
import { type RulesName, violations } from '../src/sim/rules/violations.ts'
import { type FixtureEntry, fixtures, loadFixture } from './shared.ts'

/** The rules for each folder of recordings, and which of its operations they judge. */
const JUDGED: Readonly<Record<string, readonly [rules: RulesName, operation: string]>> = {
  'openai-chat': ['openai-chat', 'chat'],
  vllm: ['self-hosted-chat', 'chat'],
  'openai-responses': ['openai-responses', 'responses'],
  'anthropic-messages': ['anthropic', 'messages'],
  gemini: ['gemini', 'generateContent'],
  'vertex-gemini': ['gemini', 'generateContent'],
  'bedrock-converse': ['bedrock-converse', 'converse'],
  cohere: ['cohere', 'native-chat'],
  ollama: ['ollama', 'native-chat'],
}

/** Recordings of Ollama's and Cohere's older APIs, which have no messages. */
const OLDER_APIS = /^(?:ollama\/native-(?:stream-)?text-|cohere\/native-text-command-r\.)/

/** Bedrock took a line feed as a text beside a document, and rejected such texts in public reports (vercel/ai#5576). */
const BLANK_TEXTS = /^bedrock-converse\/file-input-cache-/

const isJudged = ({ file, api, operation, status }: FixtureEntry): boolean =>
  JUDGED[api]?.[1] === operation && status === 200 && !BLANK_TEXTS.test(file) && !OLDER_APIS.test(file)

const rows = fixtures(isJudged).map((entry) => [entry.file, entry] as const)

test.skipIf(rows.length === 0).each(rows)('%s', (_file, entry) => {
  const { request } = loadFixture(entry)
  if (request === null) return
  const model = decodeURIComponent(/(?:models|model)\/([^/:]+)/.exec(request.path)?.[1] ?? '')
  expect(violations(JUDGED[entry.api]![0], request.body, model)).toEqual([])
})
