// Keeps an open page up to date: it is loaded again, and its parts are changed where nobody works in them.
'use strict';

(() => {
  const main = document.querySelector('[data-live]');
  const line = document.getElementById('live');
  if (main === null) return;

  /** After this time without a word the connection counts as lost, in milliseconds. */
  const SILENT_MS = 45_000;
  /** Parts that somebody uses now, each with what it will be. */
  const waiting = new Map();
  const canHover = matchMedia('(hover: hover)');
  let source, silence, lostAt, isLoading, isDue;

  const isUnderPointer = (part) => canHover.matches && part.matches(':hover');
  const hasFocus = (part, within = '*') => part.contains(document.activeElement?.closest(within) ?? null);
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
    line.replaceChildren(`Not live since ${lostAt}. ${why} `, again);
  }

  function found() {
    if (lostAt === undefined) return;
    lostAt = undefined;
    line.classList.add('sr');
    line.textContent = '';
  }

  function changeAttributes(old, fresh) {
    const names = new Set([...old.getAttributeNames(), ...fresh.getAttributeNames()]);
    // What a person opened stays open, and what the keyboard reached can be reached again.
    for (const name of ['open', 'tabindex']) names.delete(name);
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

  /** The form is no longer needed: what became of its question stands in its place, or below it while somebody is in it. */
  function giveWay(part, fresh) {
    if (isUnderPointer(part) || hasFocus(part)) {
      const said = fresh.querySelector('.gone, .note')?.cloneNode(true);
      said?.removeAttribute('id');
      if (part.childElementCount === 1 && said !== undefined) part.append(said);
      return false;
    }
    const typed = typedIn(part);
    part.replaceChildren(...fresh.childNodes);
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
    const isOver = part.querySelector('form.answer') !== null && fresh.querySelector('form.answer') === null;
    const mayMove = !isUnderPointer(part) && !hasFocus(part, 'form');
    const isDone = isOver ? giveWay(part, fresh) : change(part, fresh, mayMove);
    if (isDone) waiting.delete(part);
    else waiting.set(part, fresh);
    const news = saidIn(part).filter((text) => !before.has(text));
    if (news.length > 0) say(news.join('. '));
  }

  async function load() {
    const url = new URL(location.pathname + location.search, location.origin);
    for (const { dataset } of document.querySelectorAll('[data-keep]')) {
      const at = dataset.keep.indexOf('=');
      url.searchParams.append(dataset.keep.slice(0, at), dataset.keep.slice(at + 1));
    }
    const response = await fetch(url, { redirect: 'error' });
    if (!response.ok) return lost();
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    document.title = fresh.title;
    for (const part of document.querySelectorAll('[data-part]')) {
      const next = fresh.getElementById(part.id);
      if (next !== null) renew(part, next);
    }
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
      await load().catch(() => lost());
      const took = performance.now() - begun;
      await new Promise((resolve) => setTimeout(resolve, 2 * took));
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
    });
    source.addEventListener('over', ({ data }) => {
      disconnect();
      lost(data);
    });
  }

  function disconnect() {
    clearTimeout(silence);
    source.close();
  }

  for (const left of ['pointerout', 'focusout']) {
    // The focus is elsewhere only after the event.
    const settle = () => setTimeout(() => waiting.forEach((fresh, part) => renew(part, fresh)));
    document.addEventListener(left, () => waiting.size > 0 && settle());
  }
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && source.readyState === EventSource.CLOSED) connect();
  });
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', ({ persisted }) => persisted && connect());
  connect();
})();
