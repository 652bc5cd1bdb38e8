import { Conversation } from '../../ci/github/conversation.js';
import { withMarker, type Marker, type StateFile } from '../../ci/github/marker.js';
import { GitHubRest } from '../../ci/github/rest.js';
import { writeOutputs, writeSummary, type Workflow } from '../../ci/github/workflow.js';
import { PortiaError } from '../../domain/errors.js';
import { annotationLine, type Annotation } from '../../ui/reports/github-annotations.js';
import { MOST_IN_COMMENT, MOST_IN_SUMMARY, pageOf, type Section } from '../../ui/ci/page.js';
import type { Io } from '../session/io.js';
import type { CiSession } from './open-session.js';

/** How a job ended, for the steps after it. */
export interface JobEnd {
  /** State of the run; PLANNED before there is one, empty when nothing was done. */
  state: string;
  runId?: string | undefined;
  exitCode: number;
  /** How many are open. */
  questions?: number;
}

/** One job of a workflow of GitHub: what it reads of the conversation, and where it tells what came of it. */
export class Job {
  readonly workflow: Workflow;
  readonly isPublic: boolean;
  /** Takes secrets out of what is told; knows those of a session once there is one. */
  redact: (text: string) => string = (text) => text;
  readonly #io: Io;
  #ended: JobEnd | undefined;

  constructor(workflow: Workflow, { isPublic, io }: { isPublic: boolean; io: Io }) {
    this.workflow = workflow;
    this.isPublic = isPublic;
    this.#io = io;
  }

  /** Throws a PortiaError `usage` without a token. */
  talk(bot = 'github-actions[bot]'): Conversation {
    const { token, apiUrl, repository } = this.workflow;
    if (token === '') {
      throw new PortiaError('usage', 'The step has no token.', {
        why: 'Comments are read and written with it.',
        fix: 'GITHUB_TOKEN: ${{ github.token }}   # below env: of the step',
      });
    }
    return new Conversation(new GitHubRest({ url: apiUrl, token, version: this.#io.version }), { repository, bot });
  }

  /** Whether comments can be signed, so that another job can believe them. */
  get hasKey(): boolean {
    return (this.#io.environment['PORTIA_SIGNING_KEY'] ?? '') !== '';
  }

  async annotate(annotations: string | Annotation): Promise<void> {
    const lines = typeof annotations === 'string' ? annotations : annotationLine(annotations);
    await this.#io.streams.out.write(this.redact(lines));
  }

  /** The outputs that every job has. */
  end(ended: JobEnd): number {
    const { state, runId = '', exitCode, questions = 0 } = ended;
    writeOutputs(this.workflow, { state, 'run-id': runId, 'exit-code': exitCode, questions });
    this.#ended = ended;
    return exitCode;
  }

  /** The same for a job that failed, perhaps after it had done something. */
  fail(exitCode: number): void {
    this.end({ state: '', ...this.#ended, exitCode });
  }

  /** What comes before the job itself: which commit to check out, and which artifact to fetch. */
  found(parts: { commit: string; state?: StateFile | undefined } | undefined): void {
    writeOutputs(this.workflow, {
      proceed: String(parts !== undefined),
      commit: parts?.commit ?? '',
      'artifact-run-id': parts?.state?.workflowRun ?? '',
    });
  }

  summarize(sections: readonly Section[]): void {
    const all = [...sections, ...publicNotice(this.isPublic)];
    writeSummary(this.workflow, this.redact(pageOf(all, MOST_IN_SUMMARY)));
  }

  /** The text of a comment that is kept up to date. */
  comment(session: CiSession, sections: readonly Section[], marker: Marker): string {
    const all = [...sections, ...publicNotice(this.isPublic)];
    return this.signed(session, this.redact(pageOf(all, MOST_IN_COMMENT)), marker);
  }

  /** The same for what it shows already. */
  signed({ services: { signing } }: CiSession, shown: string, marker: Marker): string {
    return withMarker(shown, marker, (text) => signing.sign(text));
  }

  /** The artifact of this job, once it is uploaded. */
  stateOf(digest: string): StateFile {
    return { digest, workflowRun: this.workflow.runId };
  }

  /** Where this job shows its log. */
  get logUrl(): string {
    const { serverUrl, repository, runId } = this.workflow;
    return `${serverUrl}/${repository}/actions/runs/${runId}`;
  }
}

function publicNotice(isPublic: boolean): Section[] {
  if (!isPublic) return [];
  return [
    {
      text: '> **This repository is public.** So are this page and the artifact with the run: everybody can read all of its values.',
    },
  ];
}
