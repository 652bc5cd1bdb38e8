// Keeps an open page up to date: it is loaded again, and its parts are changed where nobody works in them.
'use strict';

(() => {
  const main = document.querySelector('[data-live]');
  const line = document.getElementById('live');
  if (main === null) return;

  /** After this time without a word the connection counts as lost, in milliseconds. */
  const SILENT_MS = 45_000;
  /** For so long after a move of the pointer or a key somebody is about to press something, in milliseconds. */
  const ACTIVE_MS = 1_000;
  /** After this time a page that could not be loaded is tried again, in milliseconds. */
  const AGAIN_MS = 2_000;
  /** Parts that somebody uses now, each with what it will be. */
  const waiting = new Map();
  const canHover = matchMedia('(hover: hover)');
  let source, silence, lostAt, isLoading, isDue, retry;
  let activeAt = -ACTIVE_MS;

  const isUnderPointer = (part) => canHover.matches && part.matches(':hover');
  const hasFocus = (part, within = '*') => part.contains(document.activeElement?.closest(within) ?? null);
  const isBefore = (part, other) => part.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;

  /** Whether somebody points at something below a part, or fills in a form there. */
  function isUsedBelow(part) {
    const form = document.activeElement?.closest('form') ?? null;
    const pointedAt = [...document.querySelectorAll('[data-part]')].filter(isUnderPointer);
    return [form, ...pointedAt].some((each) => each !== null && isBefore(part, each));
  }

  /** Whether adding or removing something here would move what somebody uses. */
  function isUsed(part) {
    const isActive = performance.now() - activeAt < ACTIVE_MS;
    return isUnderPointer(part) || hasFocus(part, 'form') || (isActive && isUsedBelow(part));
  }

  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? (node.dataset.key ?? node.id) : '');
  const isLike = (one, other) => one?.nodeName === other.nodeName && keyOf(one) === keyOf(other);
  /** What is read aloud when it is new. */
  const saidIn = (part) =>
    [...part.querySelectorAll('[data-say]')]
      .filter((each) => !each.closest('[hidden]'))
      .map((each) => each.textContent);

  function say(text) {
    if (lostAt === undefined) line.textContent = text;
  }

  function lost(why = '') {
    if (lostAt !== undefined) return;
    lostAt = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
    const again = document.createElement('a');
    again.href = location.pathname + location.search;
    again.textContent = 'Reload';
    line.classList.remove('sr');
    line.replaceChildren(`Not live since ${lostAt}. ${why && `${why} `}`, again);
  }

  function found() {
    if (lostAt === undefined) return;
    lostAt = undefined;
    line.classList.add('sr');
    line.textContent = '';
  }

  function changeAttributes(old, fresh) {
    const names = new Set([...old.getAttributeNames(), ...fresh.getAttributeNames()]);
    // What a person opened stays open, what the keyboard reached can be reached again, and room that was kept stays.
    for (const name of ['open', 'tabindex', 'style']) names.delete(name);
    for (const name of names) {
      const value = fresh.getAttribute(name);
      if (value === null) old.removeAttribute(name);
      else if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  /** Makes `old` what `fresh` is; false when it would have to add or remove something and may not. */
  function change(old, fresh, mayMove) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return true;
    }
    // What is being filled in.
    if (old.nodeName === 'FORM') return true;
    changeAttributes(old, fresh);
    const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
    if (before.length === after.length && before.every((node, index) => isLike(node, after[index]))) {
      return before.map((node, index) => change(node, after[index], mayMove)).every(Boolean);
    }
    if (mayMove) arrange(old, before, after);
    return mayMove;
  }

  /** Keeps the children that stay where they are, so that they keep the focus and what is open in them. */
  function arrange(old, before, after) {
    const left = new Set(before);
    const wanted = after.map((node) => {
      const same = [...left].find((each) => isLike(each, node));
      if (same === undefined) return node;
      left.delete(same);
      change(same, node, true);
      return same;
    });
    for (const node of left) node.remove();
    let at = old.firstChild;
    for (const node of wanted) {
      if (node === at) at = at.nextSibling;
      else old.insertBefore(node, at);
    }
  }

  /** What a person typed and did not send; secrets stay hidden. */
  function typedIn(part) {
    const isTyped = (field) =>
      field.matches('[type=radio], [type=checkbox]')
        ? field.checked !== field.defaultChecked
        : field.matches('select')
          ? [...field.options].some((option) => option.selected !== option.defaultSelected)
          : field.value !== field.defaultValue;
    const fields = [...part.querySelectorAll('input:not([type=hidden], [type=password]), textarea, select')];
    return fields.filter(isTyped).map((field) => field.value);
  }

  /** Says below a card what its form does not show now; nothing where it does. */
  function sayBelow(part, said) {
    const [, before] = part.children;
    if (said === undefined) before?.remove();
    else if (before === undefined) part.append(said);
    else if (before.textContent !== said.textContent) before.replaceWith(said);
  }

  /**
   * A question takes no answer now: that stands in the place of its form, or below it while somebody is in it. What was
   * typed stays in its field as long as the question may take answers again.
   */
  function giveWay(part, fresh) {
    const typed = typedIn(part);
    const isAnswered = fresh.querySelector('.gone') !== null;
    if (isUnderPointer(part) || hasFocus(part) || (typed.length > 0 && !isAnswered)) {
      const said = [...fresh.querySelectorAll('.gone, .note')].at(-1).cloneNode(true);
      said.removeAttribute('id');
      sayBelow(part, said);
      return false;
    }
    const height = part.firstElementChild.offsetHeight;
    part.replaceChildren(...fresh.childNodes);
    // What is below stays where it is.
    if (isUsedBelow(part)) part.firstElementChild.style.minHeight = `${height}px`;
    if (typed.length > 0) {
      const kept = document.createElement('p');
      kept.className = 'note';
      kept.textContent = `What you typed was not sent: ${typed.join(', ')}`;
      part.after(kept);
    }
    return true;
  }

  function renew(part, fresh) {
    const before = new Set(saidIn(part));
    const isAsking = part.querySelector('form.answer') !== null;
    const isOver = isAsking && fresh.querySelector('form.answer') === null;
    if (isAsking && !isOver) sayBelow(part, undefined);
    const isDone = isOver ? giveWay(part, fresh) : change(part, fresh, !isUsed(part));
    if (isDone) waiting.delete(part);
    else waiting.set(part, fresh);
    const news = saidIn(part).filter((text) => !before.has(text));
    if (news.length > 0) say(news.join('. '));
  }

  async function fetched(url) {
    try {
      const response = await fetch(url, { redirect: 'error' });
      if (response.status === 401) location.reload();
      return response.ok ? await response.text() : undefined;
    } catch {
      // The connection broke, which the page says.
      return undefined;
    }
  }

  async function load() {
    const url = new URL(location.pathname + location.search, location.origin);
    for (const { dataset } of document.querySelectorAll('[data-keep]')) {
      const at = dataset.keep.indexOf('=');
      url.searchParams.append(dataset.keep.slice(0, at), dataset.keep.slice(at + 1));
    }
    const text = await fetched(url);
    if (text === undefined) return lost();
    const fresh = new DOMParser().parseFromString(text, 'text/html');
    document.title = fresh.title;
    for (const part of document.querySelectorAll('[data-part]')) {
      const next = fresh.getElementById(part.id);
      if (next !== null) renew(part, next);
    }
    settle(ACTIVE_MS);
    const { live } = fresh.querySelector('[data-live]')?.dataset ?? {};
    if (source.readyState === EventSource.OPEN) found();
    if (live === undefined || live === main.dataset.live) return;
    main.dataset.live = live;
    connect();
  }

  /** Loads the page again, and once more for what changed meanwhile. One that takes long is loaded less often. */
  async function refresh() {
    isDue = true;
    if (isLoading) return;
    isLoading = true;
    while (isDue) {
      isDue = false;
      const begun = performance.now();
      await load();
      // What failed is tried again while the server is there.
      const isFailed = lostAt !== undefined && source.readyState === EventSource.OPEN;
      isDue ||= isFailed;
      const pauseMs = isFailed ? AGAIN_MS : 2 * (performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    isLoading = false;
  }

  function heard() {
    clearTimeout(silence);
    silence = setTimeout(() => {
      lost();
      connect();
    }, SILENT_MS);
  }

  function connect() {
    source?.close();
    source = new EventSource(main.dataset.live);
    const news = () => {
      heard();
      void refresh();
    };
    // Something may have changed before it was open.
    source.addEventListener('open', news);
    source.addEventListener('changed', news);
    source.addEventListener('alive', heard);
    source.addEventListener('error', () => {
      lost();
      heard();
      // The server refused it: perhaps whoever opened the page is not signed in any more.
      if (source.readyState === EventSource.CLOSED) void refresh();
    });
    source.addEventListener('over', ({ data }) => {
      disconnect();
      lost(data);
    });
    // Whoever comes next to the screen must not read what the one before did.
    source.addEventListener('left', () => location.reload());
  }

  function disconnect() {
    clearTimeout(silence);
    source.close();
  }

  function settle(ms) {
    clearTimeout(retry);
    if (waiting.size > 0) retry = setTimeout(() => waiting.forEach((fresh, part) => renew(part, fresh)), ms);
  }

  // The focus is elsewhere only after the event.
  for (const left of ['pointerout', 'focusout']) document.addEventListener(left, () => settle(0));
  for (const done of ['pointermove', 'keydown']) {
    document.addEventListener(done, () => {
      activeAt = performance.now();
      settle(ACTIVE_MS);
    });
  }
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && source.readyState === EventSource.CLOSED) connect();
  });
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', ({ persisted }) => persisted && connect());
  connect();
})();
