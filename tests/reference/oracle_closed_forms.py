"""Closed-form electrochemistry at a planar electrode: current functions, Cottrell, Sand, limiting currents.

Independent of the package (numpy and scipy only). Dimensionless current functions are positive for the cathodic scan,
as in the papers; steady and transient currents in A/m2 are magnitudes unless a sign is stated. T = 298.15 K.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import dawsn, erfc, loggamma

FARADAY = 96485.33212
GAS_CONSTANT = 8.314462618
TEMPERATURE = 298.15
THERMAL_VOLTAGE = GAS_CONSTANT * TEMPERATURE / FARADAY


def reversible_current_function(xi: ArrayLike) -> NDArray[np.float64]:
    """Nicholson-Shain current function sqrt(pi) chi of a reversible couple, -Li_{-1/2}(-exp(-xi)).

    The polylogarithm is the Fermi-Dirac integral of order -3/2, written with t = y**2 as
    (1/sqrt(pi)) int sech^2((y^2 + xi)/2)/4 dy over the whole line, where the trapezoidal rule converges geometrically.

    Arguments: xi [any shape], n F (E - E_1/2)/RT, -30 < xi < 30 (to 1e-12 relative).
    Returns: j/(n F c sqrt(D n F v/RT)), same shape.
    Source: Nicholson & Shain 1964, 10.1021/ac60210a007, table I (reversible).
    Example: reversible_current_function(-1.108949) -> 0.4462947
    """
    xi = np.asarray(xi, dtype=float)
    step = 0.02
    # sech^2 is below 1e-17 of its maximum once y^2 exceeds |xi| by 40.
    reach = math.sqrt(max(0.0, -float(xi.min())) + 40.0)
    y = np.arange(-math.ceil(reach / step), math.ceil(reach / step) + 1) * step
    return step / math.sqrt(math.pi) * np.sum(0.25 / np.cosh(0.5 * (y**2 + xi[..., None])) ** 2, axis=-1)


def irreversible_current_function(u: ArrayLike) -> NDArray[np.float64]:
    """Current function of a totally irreversible reduction, sum_k (-1)^{k+1} (sqrt(pi) e^{-u})^k / sqrt((k-1)!).

    The series cancels hopelessly for u < -2, so it is summed as its Mellin-Barnes integral
    (1/2 pi i) int pi/sin(pi s) Gamma(s)^{-1/2} z^s ds on Re s = 1/2 with z = sqrt(pi) e^{-u}.

    Arguments: u [any shape], (alpha F/RT)(E - E0) + ln(sqrt(pi D alpha F v/RT)/k0), -40 < u < 20.
    Returns: j/(n F c sqrt(D alpha F v/RT)), same shape.
    Source: Nicholson & Shain 1964, 10.1021/ac60210a007, table III (irreversible).
    Example: irreversible_current_function(-0.208019) -> 0.4957629
    """
    log_z = 0.5 * math.log(math.pi) - np.asarray(u, dtype=float)
    step = 0.05
    # The integrand decays as exp(-3 pi |t|/4): 1e-18 at |t| = 18.
    s = 0.5 + 1j * step * np.arange(0, 361)
    weight = np.full(s.shape, step / math.pi)
    weight[0] *= 0.5
    kernel = weight * math.pi / np.sin(math.pi * s) * np.exp(-0.5 * loggamma(s))
    return np.sum((kernel * np.exp(s * log_z[..., None])).real, axis=-1)


def berzins_delahay_current_function(scan_time: ArrayLike) -> NDArray[np.float64]:
    """Current function of reversible deposition at unit activity, (2/sqrt(pi)) Dawson(sqrt(sigma t)).

    Arguments: scan_time [any shape], sigma t = n F (E_eq - E)/RT >= 0.
    Returns: j/(n F c sqrt(D n F v/RT)), same shape; maximum 0.610503 at 0.854033.
    Source: Berzins & Delahay, J. Am. Chem. Soc. 75, 555 (1953).
    Example: berzins_delahay_current_function(0.854032657) -> 0.6105030
    """
    return 2.0 / math.sqrt(math.pi) * dawsn(np.sqrt(np.asarray(scan_time, dtype=float)))


def half_wave_shift(diffusivity_oxidised: float, diffusivity_reduced: float, electron_number: int = 1) -> float:
    """Shift E_1/2 - E0' of a reversible couple with unequal diffusivities, (RT/nF) ln sqrt(D_R/D_O).

    Arguments: both diffusivities in m2/s. Returns: V.
    Source: Nicholson & Shain 1964, 10.1021/ac60210a007; Bard & Faulkner, Electrochemical Methods (2001), 5.4.
    Example: half_wave_shift(8.43e-10, 1.19e-9) -> 0.0044287
    """
    return 0.5 * THERMAL_VOLTAGE / electron_number * math.log(diffusivity_reduced / diffusivity_oxidised)


def reversible_voltammogram(
    potential: ArrayLike,
    scan_rate: float,
    concentration: float,
    diffusivity_oxidised: float,
    diffusivity_reduced: float,
    formal_potential: float = 0.0,
    electron_number: int = 1,
) -> NDArray[np.float64]:
    """First cathodic scan of O + n e = R, only O in the bulk, from far positive potentials.

    Arguments: potential [any shape] V, scan_rate V/s > 0, concentration mol/m3, diffusivities m2/s, formal_potential V.
    Returns: current density, A/m2, oxidation positive (so negative here).
    Source: Nicholson & Shain 1964, 10.1021/ac60210a007.
    Example: reversible_voltammogram(-0.0284918, 0.1, 1.0, 1e-9, 1e-9) -> -2.6865
    """
    sigma = electron_number * scan_rate / THERMAL_VOLTAGE
    half_wave = formal_potential + half_wave_shift(diffusivity_oxidised, diffusivity_reduced, electron_number)
    xi = electron_number * (np.asarray(potential, dtype=float) - half_wave) / THERMAL_VOLTAGE
    scale = electron_number * FARADAY * concentration * math.sqrt(diffusivity_oxidised * sigma)
    return -scale * reversible_current_function(xi)


def cottrell(
    time: ArrayLike,
    concentration: float,
    diffusivity: float,
    transference_number: float = 0.0,
    electron_number: int = 1,
) -> NDArray[np.float64]:
    """Diffusion-limited current after a potential step, n F c sqrt(D/(pi t))/(1 - t+).

    Arguments: time [any shape] s, concentration mol/m3, diffusivity m2/s. Returns: A/m2, magnitude.
    Source: Cottrell 1903, 10.1515/zpch-1903-4229.
    Example: cottrell(1.0, 1000.0, 1e-9) -> 1721.4
    """
    flux = concentration * np.sqrt(diffusivity / (math.pi * np.asarray(time, dtype=float)))
    return electron_number * FARADAY * flux / (1.0 - transference_number)


def sand_time(
    current: float, concentration: float, diffusivity: float, transference_number: float = 0.0, electron_number: int = 1
) -> float:
    """Time at which a constant current empties the surface of a semi-infinite electrolyte.

    tau = pi D (n F c/(2 j (1 - t+)))^2; t+ = 0 is the case of excess supporting electrolyte.

    Arguments: current A/m2 (magnitude), concentration mol/m3, diffusivity m2/s. Returns: s.
    Source: Sand 1901, 10.1080/14786440109462590; with t+ from the salt balance N(0) = (1 - t+) j/F.
    Example: sand_time(1000.0, 2000.0, 2e-10, 0.4) -> 16.25
    """
    root = electron_number * FARADAY * concentration / (2.0 * abs(current) * (1.0 - transference_number))
    return math.pi * diffusivity * root**2


def planar_limiting_current(
    concentration: float,
    diffusivity: float,
    thickness: float,
    transference_number: float = 0.0,
    electron_number: int = 1,
) -> float:
    """Steady limiting current through one diffusion layer, n F D c/(delta (1 - t+)).

    Arguments: concentration mol/m3, diffusivity m2/s, thickness m. Returns: A/m2, magnitude.
    Source: Newman & Thomas-Alyea, Electrochemical Systems (2004), ch. 11; Bard & Faulkner (2001), 1.4.
    Example: planar_limiting_current(2000.0, 2e-10, 50e-6, 0.4) -> 1286.5
    """
    return electron_number * FARADAY * diffusivity * concentration / (thickness * (1.0 - transference_number))


def galvanostatic_concentration(
    time: ArrayLike,
    flux: float,
    concentration: float,
    diffusivity: float,
    thickness: float = math.inf,
    position: float = 0.0,
) -> NDArray[np.float64]:
    """Concentration under a constant diffusive flux into the electrode, bulk held at `thickness` (or at infinity).

    Long times: cosine series; D t < 0.1 delta^2: images of the semi-infinite ierfc solution.

    Arguments: time [any shape] s >= 0, flux mol/(m2 s) = (1 - t+) |j|/(n F), concentration mol/m3, diffusivity m2/s,
    thickness m, position m from the electrode. Returns: mol/m3, same shape as time.
    Source: Carslaw & Jaeger, Conduction of Heat in Solids (1959), 2.9 (half space) and 3.8 (slab, prescribed flux).
    Example: galvanostatic_concentration(sand_time(100.0, 10.0, 1e-9), 100.0 / FARADAY, 10.0, 1e-9) -> 0
    """
    time = np.asarray(time, dtype=float)
    length = 2.0 * np.sqrt(diffusivity * np.maximum(time, 1e-300))

    def image(distance: float) -> NDArray[np.float64]:
        scaled = distance / length
        ierfc = np.exp(-(scaled**2)) / math.sqrt(math.pi) - scaled * erfc(scaled)
        return flux * length / diffusivity * ierfc

    if math.isinf(thickness):
        return concentration - np.where(time > 0, image(position), 0.0)
    early = np.zeros_like(time)
    for m in range(4):
        pair = image(2 * m * thickness + position) - image(2 * (m + 1) * thickness - position)
        early = early + (-1) ** m * pair
    odd = 2.0 * np.arange(40) + 1.0
    mode = 8.0 / math.pi**2 / odd**2 * np.cos(odd * math.pi * position / (2.0 * thickness))
    rate = (odd * math.pi / (2.0 * thickness)) ** 2 * diffusivity
    decay = np.sum(mode * np.exp(-rate * time[..., None]), axis=-1)
    late = flux * thickness / diffusivity * (1.0 - position / thickness - decay)
    deficit = np.where(diffusivity * time < 0.1 * thickness**2, early, late)
    return concentration - np.where(time > 0, deficit, 0.0)


def transition_time(
    current: float,
    concentration: float,
    diffusivity: float,
    thickness: float,
    transference_number: float = 0.0,
    electron_number: int = 1,
) -> float:
    """Depletion time under constant current with a finite diffusion layer; inf at or below the limiting current.

    Arguments: current A/m2 (magnitude), concentration mol/m3, diffusivity m2/s, thickness m. Returns: s.
    Source: root of galvanostatic_concentration = 0; tends to Sand's time for D tau << delta^2.
    Example: transition_time(2e3, 2000.0, 2e-10, 50e-6, 0.4) -> 4.158
    """
    limit = planar_limiting_current(concentration, diffusivity, thickness, transference_number, electron_number)
    if abs(current) <= limit:
        return math.inf
    flux = (1.0 - transference_number) * abs(current) / (electron_number * FARADAY)

    def surface(log_time: float) -> float:
        return float(galvanostatic_concentration(math.exp(log_time), flux, concentration, diffusivity, thickness))

    # A finite layer is fed by the bulk, so depletion is never earlier than Sand's time.
    shortest = sand_time(current, concentration, diffusivity, transference_number, electron_number)
    longest = 100.0 * (thickness**2 / diffusivity + shortest)
    return math.exp(brentq(surface, math.log(0.99 * shortest), math.log(longest), xtol=1e-14, rtol=1e-14))
