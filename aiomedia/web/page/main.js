/** The live page: a directory's files as they come and go. */

import { Address } from "./address.js";
import { copy } from "./clipboard.js";
import { follow } from "./connection.js";
import { Controls } from "./controls.js";
import { Empty } from "./empty.js";
import { listen } from "./keyboard.js";
import { List } from "./list.js";
import { News } from "./news.js";
import { Player } from "./player.js";
import { fileUrl } from "./server.js";
import { Status } from "./status.js";

const TICK_MS = 1_000;
const ASLEEP_MS = 20_000; // between two ticks: a machine that slept has lost its connections, and does not know
const COPIED_MS = 1_500;

const byId = (id) => document.getElementById(id);

class Page {
  #address = new Address((state, before) => this.#become(state, before));
  #controls = new Controls(byId, this.#address);
  #empty = new Empty(byId, (state) => this.#address.go(state));
  #list = new List(byId);
  #news = new News(byId("news"));
  #player = new Player(byId, () => this.#status.name === "live");
  #status = new Status(byId, () => this.#look());
  #wake = new EventTarget();
  #following = new AbortController();
  #place = null;
  #isListed = false;
  #message = "";

  start() {
    this.#controls.show(this.#address.state);
    this.#follow();
    this.#listen();
    this.#status.watch((roots) => this.#controls.showRoots(roots));
  }

  #become(state, before) {
    this.#controls.show(state);
    if (state.directory !== before.directory || state.recursive !== before.recursive) this.#follow();
    else if (["q", "type", "sort", "order"].some((name) => state[name] !== before[name])) this.#list.view(state);
    this.#openAsAddressed();
    this.#tell();
  }

  #follow() {
    const { directory, recursive } = this.#address.state;
    this.#following.abort();
    this.#following = new AbortController();
    this.#place = { directory, recursive: recursive === "true" };
    this.#isListed = false;
    this.#list.begin(this.#place, this.#address.state);
    const listener = {
      page: (page, isFirst) => this.#add(page, isFirst),
      listed: (files) => this.#differ(this.#list.files.compare(files)),
      changed: (changes) => this.#differ(this.#list.files.apply(changes)),
      state: (name, message) => this.#connection(name, message),
    };
    follow(this.#place, listener, this.#following.signal, this.#wake);
  }

  #connection(name, message) {
    this.#message = message;
    this.#status.connection(name, message);
    if (name === "live") this.#player.resume();
    this.#tell();
  }

  #add({ directory, files, now }, isFirst) {
    this.#isListed = true;
    if (isFirst) {
      this.#list.begin(this.#place, this.#address.state); // an attempt before may have broken off
      this.#status.at(directory);
      this.#news.at(directory);
    }
    this.#list.add(files, now);
    this.#controls.showDirectory(directory, this.#list.files.values());
    this.#openAsAddressed();
    this.#tell();
  }

  #differ(differences) {
    if (differences.length === 0) return;
    const arrived = this.#list.differ(differences);
    if (arrived.length > 0) this.#news.tell(arrived.map(({ name }) => name));
    const opened = differences.find(({ before, after }) => (before ?? after).name === this.#player.file?.name);
    if (opened?.after) this.#player.changed(opened.after);
    else if (opened) this.#player.removed();
    this.#openAsAddressed();
    this.#tell();
  }

  /** Opens the file that the URL names, as soon as it is there. */
  #openAsAddressed(isAsked = false) {
    const { file: name } = this.#address.state;
    const file = this.#list.files.get(name);
    if (name === "") this.#player.close();
    else if (file !== undefined && (isAsked || this.#player.file?.name !== name)) {
      const urls = { url: fileUrl(this.#place, file, "inline"), downloadUrl: fileUrl(this.#place, file) };
      this.#player.open(file, { ...urls, isAsked });
    }
    document.body.classList.toggle("playing", this.#player.file !== null);
    this.#list.open(this.#player.file?.name ?? null);
  }

  #tell() {
    const { files, shown } = this.#list;
    if (this.#isListed) this.#status.files(files, shown);
    this.#empty.show({
      hasRows: shown.length > 0,
      hasFiles: files.size > 0,
      isListed: this.#isListed,
      connection: this.#status.name,
      message: this.#message,
      state: this.#address.state,
    });
  }

  #play(file = this.#list.active) {
    if (file === null) return;
    this.#address.go({ file: file.name });
    this.#openAsAddressed(true);
  }

  #close() {
    if (this.#address.state.file === "") return false;
    this.#address.go({ file: "" });
    byId("grid").focus();
    return true;
  }

  #clear() {
    if (this.#address.state.q === "") return false;
    this.#address.go({ q: "" }, { isPassing: true });
    return true;
  }

  #download(file = this.#list.active) {
    if (file === null) return;
    const link = Object.assign(document.createElement("a"), { href: fileUrl(this.#place, file), download: "" });
    link.click();
  }

  async #copy(file = this.#list.active, element = null) {
    if (file === null) return;
    await copy(new URL(fileUrl(this.#place, file), document.baseURI).href);
    byId("news").textContent = `Copied the link to ${file.name}`;
    if (element === null) return;
    const icon = element.querySelector("use");
    icon.setAttribute("href", "#done");
    setTimeout(() => icon.setAttribute("href", "#link"), COPIED_MS);
  }

  #look() {
    this.#wake.dispatchEvent(new Event("wake"));
  }

  #listen() {
    const canvas = byId("canvas");
    canvas.addEventListener("click", (event) => {
      const file = this.#list.activateAt(event.target);
      const button = event.target.closest("a, button");
      if (file === null) return;
      if (button === null) this.#play(file);
      else if (button.localName === "button") this.#copy(file, button);
    });
    byId("close").addEventListener("click", () => this.#close());
    byId("player-copy").addEventListener("click", (event) => this.#copy(this.#player.file, event.currentTarget));
    listen({
      grid: byId("grid"),
      filter: byId("filter"),
      actions: {
        begin: () => this.#list.active ?? this.#list.move(0),
        move: (steps) => this.#list.move(steps),
        moveTo: (end) => this.#list.moveTo(end),
        page: () => this.#list.fitting - 1,
        play: () => this.#play(),
        pause: () => this.#player.pauseOrGoOn(),
        download: () => this.#download(),
        copy: () => this.#copy(),
        close: () => this.#close(),
        clear: () => this.#clear(),
      },
    });
    addEventListener("online", () => this.#look());
    addEventListener("pageshow", (event) => event.persisted && this.#look());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#status.name !== "live") this.#look();
    });
    this.#tick(performance.now());
  }

  #tick(before) {
    const now = performance.now();
    if (now - before > ASLEEP_MS && !document.hidden) this.#look();
    if (!document.hidden) this.#list.tick();
    setTimeout(() => this.#tick(now), TICK_MS);
  }
}

new Page().start();
