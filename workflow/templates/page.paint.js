"use strict";
// Many stars without WebGL. Bokeh draws a path a star, a second for 300,000 of them; here their discs are blended into one
// picture. Stars with another symbol (members of clusters) are few and left to Bokeh.
const chemtagPaint = (() => {
  const MANY = 5000, STEPS = 4;
  const discs = [], room = { pixels: new Uint32Array(0), image: null, canvas: document.createElement("canvas") };

  // Pixels that a disc covers: columns and rows from the pixel of its centre, and the share that is covered. Radius and place of
  // the centre go in steps of a quarter pixel.
  function disc(radius, across, up) {
    const key = (radius * STEPS + across) * STEPS + up;
    if (discs[key]) return discs[key];
    const r = radius / STEPS, half = Math.ceil(r), columns = [], rows = [], cover = [];
    const x = (across + 0.5) / STEPS - 0.5, y = (up + 0.5) / STEPS - 0.5;
    for (let j = -half; j <= half; j++) for (let i = -half; i <= half; i++) {
      const share = Math.min(1, r + 0.5 - Math.hypot(i - x, j - y));
      if (share > 0.01) { columns.push(i); rows.push(j); cover.push(share); }
    }
    return (discs[key] = { half, columns: Int32Array.from(columns), rows: Int32Array.from(rows), cover: Float32Array.from(cover) });
  }
  // Pixels of the frame: red, green, blue (times the opacity) and opacity, a byte each.
  function emptyRoom(width, height) {
    if (room.image?.width !== width || room.image?.height !== height) {
      Object.assign(room, { pixels: new Uint32Array(width * height), image: new ImageData(width, height) });
      Object.assign(room.canvas, { width, height });
    } else room.pixels.fill(0);
    return room.pixels;
  }
  // Two channels of a pixel at once, `weight` of 256 parts the new colour.
  const mixed = (old, fresh, weight) => ((Math.imul(fresh, weight) + Math.imul(old, 256 - weight) + 0x800080) >>> 8) & 0xff00ff;
  function blend(pixels, width, height, { half, columns, rows, cover }, column, row, colour, alpha) {
    const inside = column >= half && row >= half && column < width - half && row < height - half;
    const even = colour & 0xff00ff, odd = ((colour >>> 8) & 0xff) | 0xff0000;
    for (let k = 0; k < cover.length; k++) {
      const x = column + columns[k], y = row + rows[k];
      if (!inside && (x < 0 || x >= width || y < 0 || y >= height)) continue;
      const at = y * width + x, old = pixels[at], weight = (alpha * cover[k] + 0.5) | 0;
      pixels[at] = mixed(old & 0xff00ff, even, weight) | (mixed((old >>> 8) & 0xff00ff, odd, weight) << 8);
    }
  }
  // Blend the discs of the stars that `wanted` names; return the rows of those with another symbol.
  function stamped(glyph, wanted, alpha, pixels, { left, top, width, height, ratio }) {
    const { sx, sy, size, marker } = glyph, colours = new Uint32Array(glyph.fill_color.array.buffer), symbols = [];
    for (let i = 0; i < sx.length; i++) {
      if (!wanted(i)) continue;
      const x = (sx[i] - left) * ratio, y = (sy[i] - top) * ratio, diameter = size.get(i) * ratio;
      if (!(x > -diameter && y > -diameter && x < width + diameter && y < height + diameter)) continue;
      if (marker.get(i) !== "circle") { symbols.push(i); continue; }
      const column = Math.floor(x), row = Math.floor(y);
      const stamp = disc(Math.round((diameter * STEPS) / 2), Math.floor((x - column) * STEPS), Math.floor((y - row) * STEPS));
      blend(pixels, width, height, stamp, column, row, colours[i], 256 * alpha);
    }
    return symbols;
  }
  function show(ctx, pixels, { left, top, width, height, ratio }) {
    const data = new Uint32Array(room.image.data.buffer);
    for (let at = 0; at < pixels.length; at++) {
      const pixel = pixels[at], opacity = pixel >>> 24;
      if (opacity === 0 || opacity === 255) { data[at] = pixel; continue; }
      const back = (byte) => Math.min(255, Math.round(((pixel >>> byte) & 0xff) * 255 / opacity)) << byte;
      data[at] = back(0) | back(8) | back(16) | (opacity << 24);
    }
    room.canvas.getContext("2d").putImageData(room.image, 0, 0);
    ctx.drawImage(room.canvas, left, top, width / ratio, height / ratio);
  }
  function paintAll(view, ctx) {
    const { left, top, width, height } = view.plot_view.frame.bbox, ratio = view.canvas.pixel_ratio;
    const place = { left, top, ratio, width: Math.round(width * ratio), height: Math.round(height * ratio) };
    const chosen = view.model.data_source.selected.indices, mask = new Uint8Array(view.all_indices.count);
    for (const i of chosen) mask[i] = 1;
    view.map_data();
    const pixels = emptyRoom(place.width, place.height), layers = chosen.length
      ? [[view.nonselection_glyph, (i) => !mask[i]], [view.selection_glyph, (i) => mask[i]]] : [[view.glyph, () => true]];
    const symbols = layers.map(([glyph, wanted]) => stamped(glyph, wanted, glyph.fill_alpha.get(0), pixels, place));
    show(ctx, pixels, place);
    layers.forEach(([glyph], k) => glyph.paint(ctx, symbols[k]));
  }
  // Bokeh collects a column star by star even where all are wanted, a dozen columns a plot.
  function quickenColumns(indices) {
    let kind = Object.getPrototypeOf(indices);
    while (kind && !Object.hasOwn(kind, "select")) kind = Object.getPrototypeOf(kind);
    if (!kind || kind.quickened) return;
    const usual = kind.select;
    kind.quickened = true;
    kind.select = function (array) {
      return array.length === this.size && this.count === this.size ? array.slice() : usual.call(this, array);
    };
  }
  // The index by which the pointer finds a star is made anew only where the stars have other places: not for colours.
  function quickenIndex({ glyph, model }) {
    const usual = glyph.index_data.bind(glyph);
    let x = null, y = null;
    glyph.index_data = () => {
      const { data } = model.data_source, across = data[glyph.model.x.field], up = data[glyph.model.y.field];
      if (across !== x || up !== y) usual();
      [x, y] = [across, up];
    };
  }
  // Give the stars of a plot this way of drawing, where there are many and no WebGL. Private names of Bokeh: a test holds them.
  function quicken(plot) {
    const view = plot.computed_renderer_views.find((v) => v.model === plot.model.renderers[0]), usual = view._paint.bind(view);
    view._paint = (ctx) => (view.has_webgl || view.all_indices.count < MANY ? usual(ctx) : paintAll(view, ctx));
    quickenColumns(view.all_indices);
    quickenIndex(view);
  }
  return { quicken };
})();
