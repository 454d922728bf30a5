package ai.doxle.imageorigin.delivery;

/**
 * A reader who has a seat.
 *
 * @param flight the load that was joined or started
 * @param boarding how it begins
 * @param trail where this reader has been
 */
record Passenger(Flight flight, Boarding boarding, Trail trail) {

}
