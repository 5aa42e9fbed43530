import type { ChatRequest } from '../../chat/request.ts'

/** Whether the request forces the model to call a tool. */
export const isForced = ({ tools, toolChoice }: ChatRequest): boolean =>
  tools.length > 0 &&
  (toolChoice?.type === 'required' ||
    toolChoice?.type === 'tool' ||
    (toolChoice?.type === 'subset' && toolChoice.mustCall))
