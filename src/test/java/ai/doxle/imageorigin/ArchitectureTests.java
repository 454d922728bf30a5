package ai.doxle.imageorigin;

import java.util.Set;
import java.util.stream.Collectors;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

@AnalyzeClasses(packages = "ai.doxle.imageorigin", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	private static final String ROOT = PackageDirections.ROOT;

	@ArchTest
	static final ArchRule imageDependsOnTheJdkOnly = classes().that()
		.resideInAPackage(ROOT + ".image")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("java..", "org.jspecify..", ROOT + ".image");

	@ArchTest
	static final ArchRule packagesDependOnThoseOfTheTable = classes().that()
		.resideOutsideOfPackage(ROOT)
		.should(new ArchCondition<>("depend on packages that PackageDirections allows") {
			@Override
			public void check(JavaClass type, ConditionEvents events) {
				type.getDirectDependenciesFromSelf()
					.stream()
					.filter((dependency) -> isWrong(dependency.getOriginClass(), dependency.getTargetClass()))
					.forEach((dependency) -> events
						.add(SimpleConditionEvent.violated(type, dependency.getDescription())));
			}
		});

	@ArchTest
	static void theTableKnowsAllPackages(JavaClasses classes) {
		Set<String> packages = classes.stream()
			.map(JavaClass::getPackageName)
			.filter((name) -> !name.equals(ROOT))
			.map((name) -> name.substring(ROOT.length() + 1))
			.collect(Collectors.toSet());
		assertThat(packages).containsExactlyInAnyOrderElementsOf(PackageDirections.packages());
	}

	@ArchTest
	static final ArchRule onlyAdaptersUseTheAwsSdk = noClasses().that()
		.resideOutsideOfPackages(ROOT + ".store.s3..", ROOT + ".admin.cloudfront", ROOT + ".admin.events.sqs",
				ROOT + ".session")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("software.amazon.awssdk..");

	@ArchTest
	static final ArchRule packagesHaveNoCycles = slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

	@ArchTest
	static final ArchRule nothingBlocks = noClasses().should()
		.callMethodWhere(DescribedPredicate.describe("block a Mono or Flux", ArchitectureTests::isBlocking));

	/** All others return publishers, to which the server subscribes. */
	@ArchTest
	static final ArchRule fewSubscribe = noClasses().that()
		// loads, writes and purges that outlive the request they began with, and what the
		// start asks for
		.haveNameNotMatching(ROOT
				+ ".*\\.(SharedLoads|HeadLookup|ImageLoader|ImageWarming|EventQueue|QueueReceiver|QueueWatch|RedisLease|PurgeJournal"
				+ "|NonBlockingCredentials|RedisConnections|RedisErrors).*")
		// operators of our own, and what is given back or thrown away
		.and()
		.haveNameNotMatching(
				ROOT + ".*\\.(FirstPieceTimeout|PacedBody|ExactLength|JoinedStart|IdleTimeout|Turns|StoredImage|S3Body"
						+ "|DecoderFailureResponses).*")
		.should()
		.callMethodWhere(DescribedPredicate.describe("subscribe to a Mono or Flux", ArchitectureTests::isSubscription));

	private static boolean isWrong(JavaClass from, JavaClass to) {
		String name = to.getBaseComponentType().getPackageName();
		return name.startsWith(ROOT) && !PackageDirections.allow(from.getPackageName(), name);
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
