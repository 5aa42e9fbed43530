// Servers that report a request which their model cannot serve as a failure of their own. Any server of that kind would
// fail in the same way, so the request is rejected, not retried, and nothing is held against the endpoint.

/**
 * Whole phrases, because merely mentioning images or tools says nothing. llama.cpp (500), Ollama (500), OpenRouter (404),
 * SGLang, LM Studio; chat templates of Mistral, Gemma and Qwen raise errors that servers return as 500.
 * Sources: the servers' own code; https://github.com/ggml-org/llama.cpp/issues/15377 (500 for an image)
 */
const PHRASES: readonly RegExp[] = [
  /\b(?:image|images|audio|video|vision|file|document|multimodal)(?: inputs?| content)? (?:is|are) not supported\b/i,
  /\b(?:does not|doesn't) support (?:(?:the )?(?:use of )?)(?:images?|image input|audio|video|vision|multimodal|tools?|tool (?:use|calls?|calling)|function calling|thinking|system (?:messages?|prompts?|instructions?|role)|structured outputs?|json (?:mode|schema))\b/i,
  /\bmissing data required for image input\b/i,
  /\bis not a (?:multimodal|vision) model\b/i,
  /\bno endpoints found that support\b/i,
  /\bfailed to (?:load|decode|process) (?:the |an )?(?:image|audio|video)\b/i,
  /\bunsupported content(?: part)?(?:\[\])?(?:\.| )type\b/i,
  /\bfailed to parse (?:messages|tools|grammar|json schema|input at pos)\b/i,
  /\bjson schema conversion failed\b/i,
  /\b(?:tools|tool_choice) param requires --jinja\b/i,
  /\bconversation roles must alternate\b/i,
  /\bsystem role (?:is )?not supported\b/i,
  /\bsystem message must be at the beginning\b/i,
  /\bonly user(?:,? tool)?,? and assistant roles are supported\b/i,
]

/** Text beyond this length is a quotation of the request. */
const MAX_CHARACTERS = 500

/** Statuses with which such a request is reported as a failure. */
const isFailure = (status: number): boolean => status === 404 || (status >= 500 && status !== 503 && status !== 504)

/** Whether the request is at fault, although the status blames the server. */
export const isRequestFault = (status: number, message: string): boolean => {
  if (!isFailure(status)) return false
  const beginning = message.slice(0, MAX_CHARACTERS)
  return PHRASES.some((phrase) => phrase.test(beginning))
}
