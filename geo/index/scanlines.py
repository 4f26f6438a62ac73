"""Painting row by row, compiled with numba: cells inside polygons, by where edges cross the middles of rows."""

from __future__ import annotations

import numpy as np

from geo.index.boxes import FAN
from geo.index.walks import _OPEN, njit

#: A row whose crossings, squared, are more than so many times its cells is counted through cell by cell: to sort them would cost more.
_MANY = 4


@njit(cache=True, nogil=True)
def _crossings(place, shape, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, found):  # type: ignore[no-untyped-def]
    """Where edges of features cross the middles of rows of cells, into ``found`` (k, 3) as far as it reaches: row, first column whose
    middle lies east of it, which way it turns. Returns how many there are."""
    west, north, step_x, step_y = place
    rows, columns = shape
    south, east, per_row = north - rows * step_y, west + columns * step_x, 1.0 / step_y
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    inner_node = np.empty(_OPEN, dtype=np.int64)
    inner_level = np.empty(_OPEN, dtype=np.int64)
    count = 0
    stack_node[0], stack_level[0] = 0, len(over_levels) - 2
    depth = 1
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        if level:
            begin, end = over_levels[level - 1], over_levels[level]
            for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
                if (
                    over[child, 0] <= east
                    and over[child, 2] >= west
                    and over[child, 1] <= north
                    and over[child, 3] >= south
                ):
                    stack_node[depth], stack_level[depth] = child - begin, level - 1
                    depth += 1
            continue
        for own in range(node * FAN, min(node * FAN + FAN, len(own_row))):
            if (
                own_boxes[own, 0] > east
                or own_boxes[own, 2] < west
                or own_boxes[own, 1] > north
                or own_boxes[own, 3] < south
            ):
                continue
            feature = own_row[own]
            top = 0
            while levels[top, feature + 1] - levels[top, feature] > 1:
                top += 1
            inner_node[0], inner_level[0] = 0, top
            inner = 1
            while inner:
                inner -= 1
                node_, level_ = inner_node[inner], inner_level[inner]
                box = levels[level_, feature] + node_
                if boxes[box, 0] > east or boxes[box, 1] > north or boxes[box, 3] < south:
                    continue
                if level_:
                    end = levels[level_ - 1, feature + 1] - levels[level_ - 1, feature]
                    for child in range(node_ * FAN, min(node_ * FAN + FAN, end)):
                        inner_node[inner], inner_level[inner] = child, level_ - 1
                        inner += 1
                    continue
                begin = first[feature]
                for at in range(begin + node_ * FAN, min(begin + node_ * FAN + FAN, first[feature + 1])):
                    ax, ay, bx, by = segments[at]
                    if ay == by:
                        continue
                    turn = 1 if ay > by else -1
                    # rows whose middle lies between, give or take the rounding
                    row = max(0, int(np.ceil((north - max(ay, by)) * per_row - 0.500001)))
                    last = min(rows - 1, int(np.floor((north - min(ay, by)) * per_row - 0.499999)))
                    if row > last:
                        continue
                    slope = (bx - ax) / (by - ay)
                    while row <= last:
                        y = north - (row + 0.5) * step_y
                        if (ay > y) != (by > y):
                            x = ax + (y - ay) * slope
                            column = int(np.ceil((x - west) / step_x - 0.5)) if x > west else 0
                            if column < columns:
                                if count < len(found):
                                    found[count, 0], found[count, 1], found[count, 2] = row, column, turn
                                count += 1
                        row += 1
    return count


@njit(cache=True, nogil=True)
def paint_inside(place, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, cells):  # type: ignore[no-untyped-def]
    """Sets ``cells`` to 1 where the middle lies inside a feature of a forest (:class:`geo.index.boxes.Forest`), rings as oriented.

    Row by row: what an edge west of a middle turns one way, its fellow turns back; inside, turns are left over. ``place`` is
    west, north and the size of a cell. Returns the crossings of edges and rows.
    """
    rows, columns = cells.shape
    met = np.empty((0, 3), dtype=np.int32)
    count = max(4 * rows, min(64 * rows, len(segments)))  # room that is not written to costs nothing
    while count > len(met):  # seldom twice
        met = np.empty((count + count // 2, 3), dtype=np.int32)
        count = _crossings(
            place, cells.shape, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, met
        )
    begins = np.zeros(rows + 1, dtype=np.int64)
    for k in range(count):
        begins[met[k, 0] + 1] += 1
    for row in range(rows):
        begins[row + 1] += begins[row]
    ends = begins[:-1].copy()
    column = np.empty(count, dtype=np.int32)
    turn = np.empty(count, dtype=np.int32)
    for k in range(count):
        at = ends[met[k, 0]]
        ends[met[k, 0]] += 1
        column[at], turn[at] = met[k, 1], met[k, 2]
    line = np.zeros(columns, dtype=np.int32)
    for row in range(rows):
        begin, end = begins[row], begins[row + 1]
        held = 0
        if (end - begin) * (end - begin) > _MANY * columns:
            line[:] = 0
            for k in range(begin, end):
                line[column[k]] += turn[k]
            for at in range(columns):
                held += line[at]
                if held != 0:
                    cells[row, at] = 1
            continue
        for k in range(begin, end):  # from the west
            at, here, way = k, column[k], turn[k]
            while at > begin and column[at - 1] > here:
                column[at], turn[at] = column[at - 1], turn[at - 1]
                at -= 1
            column[at], turn[at] = here, way
        for k in range(begin, end):
            held += turn[k]
            until = column[k + 1] if k + 1 < end else columns
            if held != 0 and until > column[k]:
                cells[row, column[k] : until] = 1
    return count
