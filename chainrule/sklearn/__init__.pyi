from chainrule.sklearn.classifier import MLPClassifier as MLPClassifier
from chainrule.sklearn.regressor import MLPRegressor as MLPRegressor
