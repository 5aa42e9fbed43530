import type { EventDecorator } from '../../chat/event-decorator.ts'
import type { ToolNames } from '../../formats/translation/tool-names.ts'

/** Restores the client's tool names, if other names were sent upstream. */
export const restoreNames = (names: ToolNames): EventDecorator => ({
  response: names.restoreResponse,
  events: (events) => events.map(names.restoreEvent),
  end: () => [],
})
