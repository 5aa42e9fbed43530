// Cells that fail for a reason that is not the gateway's.

const THREADS = 'Anthropic keeps message threads, which the simulator does not; the client then sends everything'
const SEPARATE =
  'LangChain sends each function response in a turn of its own (langchainjs#10342), and the gateway forwards its bytes'

const KNOWN: Readonly<Record<string, string>> = {
  'Python anthropic tool_runner, task, anthropic': THREADS,
  'Python anthropic tool_runner, fallback, anthropic': THREADS,
  'LangChain google, task, gemini': SEPARATE,
  'LangChain google, fallback, gemini': SEPARATE,
  'LangChain google, fallback, openai-chat': SEPARATE,
  'Gemini CLI, continue, gemini':
    'Gemini CLI 0.61.0 repeats every function response when it resumes a conversation, and the gateway forwards its bytes',
}

/** Why a cell fails through no fault of the gateway; undefined: it must pass. */
export const knownReason = (program: string, scenario: string, upstream: string): string | undefined =>
  KNOWN[`${program}, ${scenario}, ${upstream}`]
