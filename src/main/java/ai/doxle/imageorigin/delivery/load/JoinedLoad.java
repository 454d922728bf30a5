package ai.doxle.imageorigin.delivery.load;

import ai.doxle.imageorigin.delivery.lookup.LookupTrail;

/**
 * A reader who has joined a load.
 *
 * @param load the load that was joined or started
 * @param start how it begins
 * @param trail where this reader has been
 * @param isFirst whether this reader started the load
 */
public record JoinedLoad(SharedLoad load, LoadStart start, LookupTrail trail, boolean isFirst) {

}
