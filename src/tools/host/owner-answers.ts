import type { InspectionContext, ToolEnvironment } from '../tool.js';
import type { RequestHandlers } from './open-request.js';

/** Answers what a host asks while it works for a tool. Only a look before a call may ask whether a file is named. */
export function answersFrom(
  environment: ToolEnvironment,
  isNamed?: InspectionContext['isNamed'],
): NonNullable<RequestHandlers['answer']> {
  return async (question, signal) => {
    switch (question.ask) {
      case 'model':
        return environment.askModel(question, signal);
      case 'code-files':
        return (await environment.codeFiles?.()) ?? [];
      case 'is-named':
        if (isNamed === undefined) throw new Error('it cannot be asked now whether a file is named');
        return isNamed(question.file);
    }
  };
}
