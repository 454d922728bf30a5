package ai.doxle.imageorigin.delivery;

/**
 * A reader who has joined a load.
 *
 * @param flight the load that was joined or started
 * @param boarding how it begins
 * @param trail where this reader has been
 * @param isFirst whether this reader started the load
 */
record Passenger(Flight flight, Boarding boarding, Trail trail, boolean isFirst) {

}
