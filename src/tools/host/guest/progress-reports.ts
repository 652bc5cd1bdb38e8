import type { ToolProgress } from '../../tool.js';

/** Nobody sees more of them, and each is a message between two processes. */
const SPACING_MS = 50;

/** Passes on reports, the first and then the newest at a time; `end` passes on no more. */
export function spacedReports(send: (report: ToolProgress) => void): {
  report(report: ToolProgress): void;
  end(): void;
} {
  let waiting: ToolProgress | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const pass = (report: ToolProgress) => {
    sentAt = performance.now();
    send(report);
  };
  return {
    report(report) {
      if (isOver) return;
      const wait = sentAt + SPACING_MS - performance.now();
      if (wait <= 0) {
        pass(report);
        return;
      }
      waiting = report;
      timer ??= setTimeout(() => {
        timer = undefined;
        if (!isOver && waiting !== undefined) pass(waiting);
      }, wait);
    },
    end() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
