"""ECDSA verification in whole numbers, for curves that `cryptography` does not have.

Verification only: no secrets pass through here, so running times may tell what they like.
Sources: SEC 1, version 2.0, 4.1.4; point formulas in Jacobian coordinates, y² = x³ + ax + b.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[int, int]
# (X, Y, Z) with x = X/Z², y = Y/Z³; Z = 0 is the point at infinity.
_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeierstrassCurve:
    """Field prime p, coefficients a and b, order n and coordinates of the generator."""

    p: int
    a: int
    b: int
    n: int
    gx: int
    gy: int

    def contains(self, x: int, y: int) -> bool:
        """Tell whether (x, y) is a point of the curve (never infinity; the cofactor must be 1)."""
        if not (0 <= x < self.p and 0 <= y < self.p):
            return False
        return (y * y - (x * x * x + self.a * x + self.b)) % self.p == 0

    def verify(self, point: Point, r: int, s: int, digest: bytes) -> bool:
        """Tell whether (r, s) signs `digest` with the key `point`; False for a point elsewhere.

        A digest longer than the order is cut to its left bits.
        """
        if not (0 < r < self.n and 0 < s < self.n) or not self.contains(*point):
            return False
        surplus = max(0, len(digest) * 8 - self.n.bit_length())
        number = int.from_bytes(digest, "big") >> surplus
        inverse = pow(s, -1, self.n)
        x, _, z = self._sum_of_multiples(number * inverse % self.n, r * inverse % self.n, point)
        if z == 0:
            return False
        return x * pow(z, -2, self.p) % self.p % self.n == r

    def _sum_of_multiples(self, for_generator: int, for_point: int, point: Point) -> _Jacobian:
        """Return for_generator * G + for_point * point, both multiples in one run (Shamir)."""
        generator, other = (self.gx, self.gy, 1), (*point, 1)
        steps = {"10": generator, "01": other, "11": self._add(generator, other)}
        result = _INFINITY
        width = self.n.bit_length()
        for bits in zip(f"{for_generator:0{width}b}", f"{for_point:0{width}b}", strict=True):
            result = self._double(result)
            step = steps.get("".join(bits))
            if step is not None:
                result = self._add(result, step)
        return result

    def _double(self, point: _Jacobian) -> _Jacobian:
        x, y, z = point
        if z == 0 or y == 0:
            return _INFINITY
        p = self.p
        square = y * y % p
        s = 4 * x * square % p
        m = (3 * x * x + self.a * pow(z, 4, p)) % p
        new_x = (m * m - 2 * s) % p
        return new_x, (m * (s - new_x) - 8 * square * square) % p, 2 * y * z % p

    def _add(self, one: _Jacobian, other: _Jacobian) -> _Jacobian:
        if one[2] == 0:
            return other
        if other[2] == 0:
            return one
        p = self.p
        square_one, square_other = one[2] * one[2] % p, other[2] * other[2] % p
        u_one, u_other = one[0] * square_other % p, other[0] * square_one % p
        s_one = one[1] * square_other * other[2] % p
        s_other = other[1] * square_one * one[2] % p
        h, r = (u_other - u_one) % p, (s_other - s_one) % p
        if h == 0:
            return self._double(one) if r == 0 else _INFINITY
        h_square = h * h % p
        h_cube, v = h * h_square % p, u_one * h_square % p
        x = (r * r - h_cube - 2 * v) % p
        return x, (r * (v - x) - s_one * h_cube) % p, h * one[2] * other[2] % p


# SEC 2, version 2.0, 2.2.1.
SECP192K1 = WeierstrassCurve(
    p=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFEE37,
    a=0,
    b=3,
    n=0xFFFFFFFFFFFFFFFFFFFFFFFE26F2FC170F69466A74DEFD8D,
    gx=0xDB4FF10EC057E9AE26B07D0280B7F4341DA5D1B1EAE06C7D,
    gy=0x9B2F2F6D9C5628A7844163D015BE86344082AA88D95E2F9D,
)
