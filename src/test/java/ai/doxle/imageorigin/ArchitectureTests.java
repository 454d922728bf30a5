package ai.doxle.imageorigin;

import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

@AnalyzeClasses(packages = "ai.doxle.imageorigin", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	private static final String ROOT = "ai.doxle.imageorigin";

	@ArchTest
	static final ArchRule imageDependsOnTheJdkOnly = classes().that()
		.resideInAPackage(ROOT + ".image")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("java..", "org.jspecify..", ROOT + ".image");

	@ArchTest
	static final ArchRule storeDependsOnImage = dependsOnlyOn("store", "image");

	@ArchTest
	static final ArchRule s3DependsOnStoreAndImage = dependsOnlyOn("store.s3", "store", "image");

	/** All others may depend on it. */
	@ArchTest
	static final ArchRule runtimeDependsOnNobody = dependsOnlyOn("runtime");

	@ArchTest
	static final ArchRule cacheDependsOnImage = dependsOnlyOn("cache", "image");

	@ArchTest
	static final ArchRule memoryDependsOnCacheAndImage = dependsOnlyOn("cache.memory", "cache", "image");

	@ArchTest
	static final ArchRule redisDependsOnItsRoomsCacheAndImage = dependsOnlyOn("cache.redis", "cache.redis.link",
			"cache.redis.purge", "cache", "image");

	@ArchTest
	static final ArchRule purgesInRedisDependOnTheLinkCacheAndImage = dependsOnlyOn("cache.redis.purge",
			"cache.redis.link", "cache", "image");

	@ArchTest
	static final ArchRule theLinkToRedisDependsOnNobody = dependsOnlyOn("cache.redis.link");

	@ArchTest
	static final ArchRule nobodyDependsOnMemory = nobodyDependsOn("cache.memory");

	@ArchTest
	static final ArchRule nobodyDependsOnRedis = nobodyDependsOn("cache.redis");

	@ArchTest
	static final ArchRule deliveryDependsOnImageStoreAndCache = dependsOnlyOn("delivery", "image", "store", "cache");

	@ArchTest
	static final ArchRule accessDependsOnImage = dependsOnlyOn("access", "image");

	@ArchTest
	static final ArchRule webDependsOnItsRoomsImageAccessAndDelivery = dependsOnlyOn("web", "web.request", "web.body",
			"image", "access", "delivery");

	@ArchTest
	static final ArchRule requestsDependOnImage = dependsOnlyOn("web.request", "image");

	@ArchTest
	static final ArchRule bodiesDependOnImage = dependsOnlyOn("web.body", "image");

	@ArchTest
	static final ArchRule upkeepDependsOnWhatItLooksAfter = dependsOnlyOn("upkeep", "image", "store", "cache",
			"delivery", "access");

	@ArchTest
	static final ArchRule cloudFrontDependsOnUpkeepAndImage = dependsOnlyOn("upkeep.cloudfront", "upkeep", "image");

	@ArchTest
	static final ArchRule nobodyDependsOnCloudFront = nobodyDependsOn("upkeep.cloudfront");

	@ArchTest
	static final ArchRule nobodyDependsOnUpkeep = noClasses().that()
		.resideOutsideOfPackage(ROOT + ".upkeep..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage(ROOT + ".upkeep..");

	@ArchTest
	static final ArchRule nobodyDependsOnS3 = nobodyDependsOn("store.s3");

	@ArchTest
	static final ArchRule nobodyDependsOnTelemetry = nobodyDependsOn("telemetry");

	@ArchTest
	static final ArchRule nobodyDependsOnWeb = nobodyDependsOn("web");

	@ArchTest
	static final ArchRule onlyAdaptersUseTheAwsSdk = noClasses().that()
		.resideOutsideOfPackages(ROOT + ".store.s3", ROOT + ".upkeep.cloudfront")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("software.amazon.awssdk..");

	@ArchTest
	static final ArchRule packagesHaveNoCycles = slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

	@ArchTest
	static final ArchRule nothingBlocks = noClasses().should()
		.callMethodWhere(DescribedPredicate.describe("block a Mono or Flux", ArchitectureTests::isBlocking));

	/** Everybody else hands his work to whoever subscribes to the answer. */
	@ArchTest
	static final ArchRule fewSubscribe = noClasses().that()
		// loads, writes and purges that outlive the request they began with, and what the
		// start asks for
		.haveNameNotMatching(ROOT + ".*\\.(ImageFlights|ImageHeads|ImageLoader|ImageWarming|RedisLease|PurgeJournal"
				+ "|AwaitedCredentials|RedisConnections|RedisErrors).*")
		// operators of our own, and what is given back or thrown away
		.and()
		.haveNameNotMatching(ROOT + ".*\\.(FirstPieceTimeout|PacedBody|IdleTimeout|ReadLimit|StoredImage|S3Body"
				+ "|UndecodableRequests).*")
		.should()
		.callMethodWhere(DescribedPredicate.describe("subscribe to a Mono or Flux", ArchitectureTests::isSubscription));

	private static ArchRule dependsOnlyOn(String room, String... others) {
		String[] allowed = Stream.concat(Stream.of(room, "runtime"), Stream.of(others))
			.map((name) -> ROOT + "." + name)
			.toArray(String[]::new);
		DescribedPredicate<JavaClass> otherRoom = resideInAPackage(ROOT + "..").and(not(resideInAnyPackage(allowed)));
		return noClasses().that().resideInAPackage(allowed[0]).should().dependOnClassesThat(otherRoom);
	}

	private static ArchRule nobodyDependsOn(String room) {
		return noClasses().that()
			.resideOutsideOfPackage(ROOT + "." + room)
			.should()
			.dependOnClassesThat()
			.resideInAPackage(ROOT + "." + room);
	}

	private static boolean isBlocking(JavaAccess<?> access) {
		return isCall(access) && access.getName().startsWith("block");
	}

	private static boolean isSubscription(JavaAccess<?> access) {
		return isCall(access) && access.getName().equals("subscribe");
	}

	private static boolean isCall(JavaAccess<?> access) {
		JavaClass owner = access.getTargetOwner();
		return access instanceof JavaMethodCall
				&& (owner.isAssignableTo(Mono.class) || owner.isAssignableTo(Flux.class));
	}

}
