// What self-hosted servers of Chat Completions refuse: vLLM and its like, in front of the chat template of a model such as Qwen's.
import type { Fields } from '../wire/fields.ts'
import { checkChatMessages } from './chat-messages.ts'
import { checkChatTools } from './openai-chat.ts'
import { isGiven, type Report } from './report.ts'

export function checkSelfHostedChat(report: Report, body: Fields): void {
  checkChatTools(report, { ...body, parallel_tool_calls: undefined }, false)
  if (isGiven(body, 'stream_options') && body['stream'] !== true) report('stream_options', 'only with stream: true')
  checkChatMessages(report, body['messages'], 'self-hosted')
}
