import { ExpressionError } from './expression-error.js';
import { noSuchFunction } from './expression-roots.js';
import { isNode, sidesOf, type SyntaxNode } from './syntax-node.js';
import { isModerateRegExp, regExpProblem } from './linear-regexp.js';
import { FUNCTION_NAMES } from '../values/names.js';

/** What an expression refers to, read off its syntax tree. */
export interface ExpressionUse {
  /** Variables that it takes from outside, without `$`, each with the position of its first use (1-based character). */
  variables: ReadonlyMap<string, number>;
  /** Those that it needs: all but the ones that it checks with `$exists`, or uses only after such a check. */
  needs: ReadonlySet<string>;
  /** JSONata's own functions that it uses without calling them, such as `$sum` in `$sum + 1`. */
  functionValues: ReadonlySet<string>;
  /** May ignore JSONata's limits of time and size, so it must be evaluated where it can be ended. */
  unbounded: boolean;
  /** A function in it may call itself, which is the one way for an expression never to end. */
  recursive: boolean;
  /** It has a regular expression, whose engine must be loaded. */
  usesRegExp: boolean;
}

/** Functions whose result would differ from run to run, or that would run text as code. */
const REFUSED_FUNCTIONS = new Set(['eval', 'random', 'shuffle']);

/** Functions that ignore JSONata's own limits, or that can make a value grow at every call. */
const UNBOUNDED_FUNCTIONS = new Set(['sort', 'distinct', 'split', 'replace', 'pad', 'reduce']);

/** Functions that call the function which is their second argument. */
const CALLING_FUNCTIONS = new Set(['map', 'filter', 'single', 'sift', 'each', 'match', 'contains']);

/** Functions without limits that also do so; without a second argument, `$sort` calls nothing. */
const FOLDING_FUNCTIONS = new Set(['sort', 'reduce', 'replace']);
const ASCENDING: SyntaxNode = { type: 'string' };

/** A value may hold the same part many times; with more uses of names than this, writing it out may take for ever. */
const MAX_BOUNDED_USES = 24;

/** Numbers of a range that is written out, as `[1..100]`, which are made faster than a thread begins. */
const SHORT_RANGE = 100_000;

/** What any node may have beside its own parts. */
const ADDITIONS = ['predicate', 'stages', 'group'];

/** Throws an ExpressionError for a refused or unknown function, and for a regular expression that cannot be used. */
export function analyseExpression(source: string, tree: SyntaxNode): ExpressionUse {
  const analysis = new Analysis(source);
  if (isShortRange(tree)) return analysis.result();
  analysis.visit(tree, { names: new Names(), isOptional: false });
  return analysis.result();
}

/** The names that the expression itself binds, as a place in it sees them: its own, then those around it. */
class Names {
  readonly #own = new Set<string>();
  /** Functions that are bound later: a function may call them, because it is called later than it is made. */
  readonly #later = new Set<string>();
  readonly #outer: Names | undefined;
  readonly #isFunction: boolean;

  constructor(outer?: Names, { isFunction = false }: { isFunction?: boolean } = {}) {
    this.#outer = outer;
    this.#isFunction = isFunction;
  }

  bind(name: string): void {
    this.#own.add(name);
  }

  announce(name: string): void {
    this.#later.add(name);
  }

  has(name: string, fromFunction = false): boolean {
    if (this.#own.has(name) || (fromFunction && this.#later.has(name))) return true;
    return this.#outer?.has(name, fromFunction || this.#isFunction) ?? false;
  }

  isInFunction(): boolean {
    return this.#isFunction || (this.#outer?.isInFunction() ?? false);
  }
}

/** One for all: the facts of many expressions are kept. */
const NONE: ReadonlySet<string> = new Set();

interface Place {
  names: Names;
  /** The expression can do without what is used here. */
  isOptional: boolean;
}

class Analysis {
  readonly #source: string;
  readonly #variables = new Map<string, number>();
  readonly #needs = new Set<string>();
  readonly #functionValues = new Set<string>();
  readonly #called = new Set<SyntaxNode | undefined>();
  /** Names that the expression asks for with `$exists`. */
  readonly #asked = new Set<string>();
  #timesAsked = 0;
  #uses = 0;
  #unbounded = false;
  #recursive = false;
  #usesRegExp = false;

  constructor(source: string) {
    this.#source = source;
  }

  result(): ExpressionUse {
    for (const name of this.#asked) this.#needs.delete(name);
    const unbounded = this.#unbounded || this.#uses > MAX_BOUNDED_USES;
    return {
      variables: this.#variables,
      needs: this.#needs,
      functionValues: this.#functionValues.size === 0 ? NONE : this.#functionValues,
      unbounded,
      recursive: this.#recursive,
      usesRegExp: this.#usesRegExp,
    };
  }

  visit(node: SyntaxNode, place: Place): void {
    switch (node.type) {
      case 'regex':
        this.#visitRegExp(node);
        return;
      case 'bind':
        this.#visitBind(node, place);
        break;
      case 'lambda':
        this.#visitLambda(node, place);
        break;
      case 'condition':
        this.#visitCondition(node, place);
        break;
      case 'function':
      case 'partial':
        this.#visitCall(node, place);
        break;
      case 'apply':
        this.#visitApply(node, place);
        break;
      case 'block':
        this.#visitBlock(node, place);
        break;
      // Names that these bind exist only inside them.
      case 'path':
      case 'transform':
        this.#visitParts(node, { ...place, names: new Names(place.names) });
        return;
      case undefined:
      default:
        this.#visitPlain(node, place);
        return;
    }
    this.#visitAdditions(node, place);
  }

  #visitRegExp(node: SyntaxNode): void {
    // JSONata loses one that stands before ?:
    const source = node.value instanceof RegExp ? node.value.source : undefined;
    const problem = source === undefined ? 'a regular expression is not a condition' : regExpProblem(source);
    if (source === undefined || problem !== undefined) {
      throw new ExpressionError(problem ?? '', this.#source, (node.position ?? 1) - (source?.length ?? 0) - 1);
    }
    this.#usesRegExp = true;
    if (!isModerateRegExp(source)) this.#unbounded = true;
  }

  #visitAdditions(node: SyntaxNode, place: Place): void {
    this.#bindMatches(node, place);
    for (const key of ADDITIONS) this.#visitParts([node[key]], place);
  }

  #visitPlain(node: SyntaxNode, place: Place): void {
    if (node.type === 'variable') this.#visitVariable(node, place);
    if (node.type === 'wildcard' || node.type === 'descendant' || node.type === 'parent') this.#uses += 1;
    if (node.type === 'sort' || (node.type === 'binary' && node.value === '..')) this.#unbounded = true;
    // `#$i` behind a filter.
    if (node.type === 'index') place.names.bind(String(node.value));
    this.#bindMatches(node, place);
    this.#visitParts(node, place);
  }

  /** `@$v` and `#$i` name each match and its number for the rest of the path. */
  #bindMatches(node: SyntaxNode, { names }: Place): void {
    if (typeof node.focus === 'string') names.bind(node.focus);
    if (typeof node.index === 'string') names.bind(node.index);
  }

  #visitParts(parts: object, place: Place): void {
    for (const part of Object.values(parts)) {
      if (Array.isArray(part)) this.#visitParts(part, place);
      else if (isNode(part)) this.visit(part, place);
    }
  }

  #visitVariable(node: SyntaxNode, { names, isOptional }: Place): void {
    this.#uses += 1;
    // Also where the name is bound again: whether that has happened depends on data.
    const name = this.#allowed(node);
    if (UNBOUNDED_FUNCTIONS.has(name)) this.#unbounded = true;
    if (name === '' || name === '$' || names.has(name)) return;
    if (FUNCTION_NAMES.has(name)) {
      if (!this.#called.has(node)) this.#functionValues.add(name);
      return;
    }
    if (!this.#variables.has(name)) this.#variables.set(name, startOf(node));
    if (!isOptional) this.#needs.add(name);
  }

  #allowed(variable: SyntaxNode): string {
    const name = String(variable.value);
    if (!REFUSED_FUNCTIONS.has(name)) return name;
    throw new ExpressionError(`$${name} is not allowed`, this.#source, startOf(variable));
  }

  #visitBind(node: SyntaxNode, place: Place): void {
    const { left, right: value } = sidesOf(node);
    const name = this.#allowed(left);
    // A function may call itself; every other value is made before it has its name.
    if (value.type === 'lambda') place.names.bind(name);
    this.visit(value, place);
    place.names.bind(name);
  }

  #visitLambda(node: SyntaxNode, place: Place): void {
    const isThunk = node['thunk'] === true;
    const isNested = !isThunk && place.names.isInFunction();
    // The types of parameters are checked by a regular expression that grows with them.
    if (isNested || node['signature'] !== undefined) this.#unbounded = true;
    const names = new Names(place.names, { isFunction: !isThunk });
    for (const parameter of node.arguments ?? []) names.bind(this.#allowed(parameter));
    this.#visitParts([node['body']], { ...place, names });
  }

  #visitBlock(node: SyntaxNode, place: Place): void {
    const names = new Names(place.names);
    const parts = node.expressions ?? [];
    for (const part of parts) {
      const { left, right } = sidesOf(part);
      if (part.type === 'bind' && right.type === 'lambda') names.announce(String(left.value));
    }
    this.#visitParts(parts, { ...place, names });
  }

  #visitCondition(node: SyntaxNode, place: Place): void {
    const before = this.#timesAsked;
    this.#visitParts([node['condition']], place);
    const isOptional = place.isOptional || this.#timesAsked > before;
    // What one branch binds is not there when the other is taken.
    this.#visitParts([node['then']], { names: new Names(place.names), isOptional });
    this.#visitParts([node['else']], { names: new Names(place.names), isOptional });
  }

  /** `first` is the first argument when it is written before the call: `$x ~> $map($f)`. */
  #visitCall(node: SyntaxNode, place: Place, first: SyntaxNode[] = []): void {
    const { procedure } = node;
    this.#called.add(procedure);
    this.#refuseUnknown(procedure, place);
    const given = [...first, ...(node.arguments ?? [])];
    const name = builtinName(procedure, place.names);
    if (name === 'exists') return this.#visitAsked(given, place);
    if (name === undefined) this.#callsUnknown(place);
    else if (CALLING_FUNCTIONS.has(name)) this.#visitCalled(given[1], place);
    else if (FOLDING_FUNCTIONS.has(name)) this.#visitCalled(given[1] ?? ASCENDING, place);
    this.#visitParts([procedure, given], place);
  }

  /** A value of the plan is never a function. */
  #refuseUnknown(procedure: SyntaxNode | undefined, { names }: Place): void {
    if (procedure?.type !== 'variable' || typeof procedure.value !== 'string') return;
    const name = procedure.value;
    if (names.has(name) || FUNCTION_NAMES.has(name)) return;
    throw new ExpressionError(noSuchFunction(name, '$'), this.#source, startOf(procedure));
  }

  #visitApply(node: SyntaxNode, place: Place): void {
    const { left, right } = sidesOf(node);
    this.#called.add(right);
    if (right.type === 'function') {
      this.#visitCall(right, place, [left]);
      this.#visitAdditions(right, place);
    } else if (builtinName(right, place.names) === 'exists') this.#visitAsked([left], place);
    else {
      this.#visitCalled(right, place);
      this.#visitParts([left, right], place);
    }
  }

  /** A function that is called by another one: only JSONata's own, or one that is written out there, certainly ends. */
  #visitCalled(node: SyntaxNode | undefined, place: Place): void {
    const isWrittenOut = node?.type === 'lambda' || node?.type === 'transform' || node?.type === 'partial';
    if (!isWrittenOut && node?.type !== 'string' && builtinName(node, place.names) === undefined)
      this.#callsUnknown(place);
  }

  /** What is called from inside a function may be that function. */
  #callsUnknown({ names }: Place): void {
    this.#unbounded = true;
    this.#recursive ||= names.isInFunction();
  }

  #visitAsked(nodes: SyntaxNode[], place: Place): void {
    this.#timesAsked += 1;
    for (const node of nodes) {
      const name = nameAsked(node);
      if (name !== undefined && !place.names.has(name)) this.#asked.add(name);
    }
    this.#visitParts(nodes, { ...place, isOptional: true });
  }
}

/** `[1..100]` and nothing else: inside of a longer expression it may be made many times. */
function isShortRange({ type, value, expressions = [], ...others }: SyntaxNode): boolean {
  const [range, ...more] = expressions;
  if (type !== 'unary' || value !== '[' || range?.value !== '..' || more.length > 0) return false;
  if (ADDITIONS.some((key) => others[key] !== undefined)) return false;
  const { left, right } = sidesOf(range);
  return isNumber(left) && isNumber(right) && right.value - left.value < SHORT_RANGE;
}

function isNumber(node: SyntaxNode): node is SyntaxNode & { value: number } {
  return node.type === 'number' && typeof node.value === 'number';
}

/** JSONata gives the end of a name. */
function startOf(variable: SyntaxNode): number {
  return Math.max(1, (variable.position ?? 1) - String(variable.value).length);
}

/** The function of JSONata's own that the node names. */
function builtinName(node: SyntaxNode | undefined, names: Names): string | undefined {
  if (node?.type !== 'variable' || typeof node.value !== 'string' || names.has(node.value)) return undefined;
  return FUNCTION_NAMES.has(node.value) ? node.value : undefined;
}

/** `$x` of `$exists($x)` and of `$exists($x.a.b)`. */
function nameAsked(node: SyntaxNode): string | undefined {
  const first = node.type === 'path' ? node.steps?.[0] : node;
  return first?.type === 'variable' && typeof first.value === 'string' ? first.value : undefined;
}
